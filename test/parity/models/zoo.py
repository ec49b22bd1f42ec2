"""Torchvision's families of models, with heads replaced as users replace them; small where a family can be made small."""
import torch.nn as nn
from torchvision import models
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.densenet import DenseNet
from torchvision.models.efficientnet import EfficientNet, FusedMBConvConfig, MBConvConfig
from torchvision.models.inception import InceptionAux
from torchvision.models.segmentation.deeplabv3 import DeepLabHead
from torchvision.models.shufflenetv2 import ShuffleNetV2


def densenet():
    model = DenseNet(8, (2, 3, 2), 12, drop_rate=0.2)
    model.classifier = nn.Linear(model.classifier.in_features, 4)
    return model


def mobilenet_v2():
    model = models.mobilenet_v2(width_mult=0.25)
    model.classifier[1] = nn.Linear(model.last_channel, 4)
    return model


def mobilenet_v3():
    model = models.mobilenet_v3_small(width_mult=0.5, reduced_tail=True, dilated=True)
    model.classifier[3] = nn.Linear(model.classifier[3].in_features, 4)
    return model


def squeezenet(version):
    model = getattr(models, f"squeezenet{version}")(num_classes=7)
    model.classifier[1] = nn.Conv2d(512, 4, kernel_size=1)
    return model


def googlenet():
    model = models.googlenet(num_classes=5, transform_input=True, init_weights=True)
    model.fc = nn.Linear(model.fc.in_features, 4)
    return model


def inception():
    model = models.inception_v3(num_classes=5, aux_logits=False, init_weights=False)
    model.fc = nn.Linear(2048, 4)
    for name, p in model.named_parameters():
        p.requires_grad = not name.startswith(("Conv2d", "Mixed_5"))
    return model


def inception_aux():
    return InceptionAux(6, 4)


def efficientnet():
    stages = [FusedMBConvConfig(1, 3, 1, 8, 8, 2), FusedMBConvConfig(4, 3, 2, 8, 16, 2), MBConvConfig(6, 5, 2, 16, 24, 3, 1.1, 1.2)]
    model = EfficientNet(stages, 0.3, num_classes=5, last_channel=40)
    model.classifier[1] = nn.Linear(model.classifier[1].in_features, 4)
    return model


def shufflenet():
    model = ShuffleNetV2([2, 3, 2], [8, 16, 32, 48, 64])
    model.fc = nn.Linear(64, 4)
    return model


def convnext():
    model = ConvNeXt([CNBlockConfig(8, 16, 2), CNBlockConfig(16, None, 3)], stochastic_depth_prob=0.4, layer_scale=0.1)
    model.classifier[2] = nn.Linear(16, 4)
    return model


def deeplab():
    model = models.segmentation.deeplabv3_mobilenet_v3_large(num_classes=3, aux_loss=True, weights_backbone=None)
    model.classifier = DeepLabHead(960, 2)
    return model


def lraspp():
    return models.segmentation.lraspp_mobilenet_v3_large(num_classes=3, weights_backbone=None)
