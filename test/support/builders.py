"""The model builders of torchvision, torchaudio and torchtext, found in the packages themselves, as cases of the corpus format.

A builder that has size arguments gets small ones; inputs are as small as the builder's own metadata allows.
"""

import dataclasses
import importlib
import inspect
import sys
import typing

import torch
from torch.utils._python_dispatch import TorchDispatchMode

import model_case
import stand_ins

SMALLEST = 64  # pixels: below, batch normalisation after five halvings sees one value
FRAMES = 8


def randn(*shape):
    return {"kind": "randn", "shape": list(shape)}


def randint(high, *shape):
    return {"kind": "randint", "high": high, "shape": list(shape)}


def py(expr):
    return {"kind": "py", "expr": expr}


FILES = {"torchvision": "built.py", "torchaudio": "builtAudio.py", "torchtext": "builtText.py"}


def case(module, entry, inputs, name=None, **more):
    """`entry` of the package's `module`, reached from our file that imports the package as `package`."""
    package, *path = module.split(".")
    if path and getattr(importlib.import_module(".".join([package, *path[:-1]])), path[-1]) is not sys.modules[module]:
        path.pop()  # a builder of that name hides the module
    dotted = ".".join(["package", *path, entry])
    return {"id": f"{package}:{name or entry}", "file": FILES[package], "entry": dotted, "inputs": inputs, **more}


def vision():
    """torchvision's registered builders."""
    import torchvision.models as models

    for name in models.list_models():
        build = models.get_model_builder(name)
        yield vision_case(name, build, models.get_model_weights(name).DEFAULT.meta)


def vision_case(name, build, meta):
    kind = build.__module__.split(".")[2]
    kwargs = {} if kind == "optical_flow" else {"num_classes": 10}
    if "weights_backbone" in inspect.signature(build).parameters:
        kwargs["weights_backbone"] = None
    side = max(SMALLEST, *meta.get("min_size", (1, 1)))
    count = 1 if side >= 224 else 2
    if "inception" in name:
        side = 299  # the auxiliary classifier's windows are too large for what its metadata says
    size = meta["num_params"]
    if kind == "detection":
        return {**detector_case(name, kwargs), "size": size}
    if kind == "vision_transformer":
        return {**built_case(name, "drawn", kwargs, [randn(1, 3, side, side)]), "size": size}
    more, images = {}, randn(count, 3, side, side)
    if kind == "video":
        images = randn(1, 3, meta.get("min_temporal_size", FRAMES), side, side)
    if kind == "optical_flow":
        # It asks for .float(), so that it runs in float64 only where that word means double.
        wide = {"wide": {"$py": "(torch.set_default_dtype(torch.float64), setattr(torch.Tensor, 'float', torch.Tensor.double))"}}
        more = {"call_kwargs": {"num_flow_updates": 3}, "output": [-1], "globals": wide}
    inputs = [images, images] if kind == "optical_flow" else [images]
    return case(build.__module__, build.__name__, inputs, name=name, size=size, kwargs=kwargs, **more)


def built_case(name, entry, kwargs, inputs):
    """A builder of torchvision behind something of built.py."""
    built = {"args": [{"$py": f"package.models.get_model_builder({name!r})"}], "kwargs": kwargs}
    return {"id": f"torchvision:{name}", "file": "built.py", "entry": entry, "inputs": inputs, **built}


def detector_case(name, kwargs):
    """In training mode: images and targets in, the sum of the losses out."""
    fixed = any(word in name for word in ("ssd", "_320_"))  # their size is part of them
    if not fixed:
        kwargs = {**kwargs, "min_size": 96, "max_size": 128}
    if "rcnn" in name:
        kwargs["box_batch_size_per_image"] = 24
    boxes = "torch.tensor([[[4.0, 6.0, 50.0, 60.0], [20.0, 10.0, 90.0, 80.0]], [[10.0, 12.0, 70.0, 40.0], [33.0, 30.0, 60.0, 88.0]]])"
    inputs = [randn(2, 3, 96, 96), py(boxes), randint(9, 2, 2)]
    if "mask" in name:
        inputs.append(py("(torch.rand(2, 2, 96, 96) > 0.5).to(torch.uint8)"))
    if "keypoint" in name:
        inputs += [py("None"), py("torch.cat([torch.rand(2, 2, 17, 2) * 90, torch.ones(2, 2, 17, 1)], -1)")]
    return built_case(name, "Detector", kwargs, inputs)


WAVE2VEC = {
    "extractor_mode": "group_norm",
    "extractor_conv_layer_config": [[32, 10, 5], [32, 3, 2], [32, 3, 2], [32, 2, 2]],
    "extractor_conv_bias": False,
    "encoder_embed_dim": 48,
    "encoder_projection_dropout": 0.1,
    "encoder_pos_conv_kernel": 16,
    "encoder_pos_conv_groups": 4,
    "encoder_num_layers": 3,
    "encoder_num_heads": 4,
    "encoder_attention_dropout": 0.1,
    "encoder_ff_interm_features": 96,
    "encoder_ff_interm_dropout": 0.1,
    "encoder_dropout": 0.1,
    "encoder_layer_norm_first": True,
    "encoder_layer_drop": 0.1,
}
MASKING = {
    "mask_prob": 0.65,
    "mask_selection": "static",
    "mask_other": 0.0,
    "mask_length": 4,
    "no_mask_overlap": False,
    "mask_min_space": 1,
    "mask_channel_prob": 0.2,
    "mask_channel_selection": "static",
    "mask_channel_other": 0.0,
    "mask_channel_length": 6,
    "no_mask_channel_overlap": False,
    "mask_channel_min_space": 1,
    "skip_masked": False,
    "skip_nomask": False,
    "num_classes": 20,
    "final_dim": 16,
    "feature_grad_mult": 0.1,
}
EMFORMER = {
    "input_dim": 16,
    "encoding_dim": 24,
    "num_symbols": 20,
    "segment_length": 8,
    "right_context_length": 4,
    "time_reduction_input_dim": 8,
    "time_reduction_stride": 4,
    "transformer_num_heads": 4,
    "transformer_ffn_dim": 48,
    "transformer_num_layers": 2,
    "transformer_dropout": 0.1,
    "transformer_activation": "gelu",
    "transformer_left_context_length": 8,
    "transformer_max_memory_size": 0,
    "transformer_weight_init_scale_strategy": "depthwise",
    "transformer_tanh_on_mem": True,
    "symbol_embedding_dim": 12,
    "num_lstm_layers": 2,
    "lstm_layer_norm": True,
    "lstm_layer_norm_epsilon": 1e-3,
    "lstm_dropout": 0.1,
}
SOURCES = ["drums", "bass"]


def transducer_inputs(features, symbols):
    """Padded frames with their right context, lengths, targets, lengths."""
    lengths = [py("torch.tensor([16, 12], dtype=torch.int32)"), randint(symbols, 2, 5), py("torch.tensor([5, 3], dtype=torch.int32)")]
    return [randn(2, 20, features), *lengths]


# What the audio models are built with and called with, by name; a prefix serves a family.
AUDIO = {
    "Wav2Letter": {"kwargs": {"num_classes": 20}, "inputs": [randn(2, 1, 3200)]},
    "WaveRNN": {
        "kwargs": {"upsample_scales": [2, 2, 4], "n_classes": 16, "hop_length": 16, "n_res_block": 3, "n_rnn": 32, "n_fc": 32, "n_freq": 20},
        "inputs": [randn(2, 1, 64), randn(2, 1, 20, 8)],
    },
    "ConvTasNet": {
        "kwargs": {"enc_num_feats": 32, "msk_num_feats": 16, "msk_num_hidden_feats": 32, "msk_num_layers": 4, "msk_num_stacks": 2},
        "inputs": [randn(2, 1, 400)],
    },
    "conv_tasnet_base": {"inputs": [randn(2, 1, 800)]},
    "DeepSpeech": {"kwargs": {"n_feature": 30, "n_hidden": 64, "dropout": 0.1}, "inputs": [randn(2, 1, 24, 30)]},
    "wav2vec2_model": {"kwargs": {**WAVE2VEC, "aux_num_out": 12}, "inputs": [randn(2, 1600), py("torch.tensor([1600, 1200])")]},
    "wav2vec2": {"inputs": [randn(1, 6400)]},
    "hubert": {"inputs": [randn(1, 6400)]},
    "Tacotron2": {
        "kwargs": {"n_mels": 20, "n_symbol": 30, "symbol_embedding_dim": 32, "encoder_embedding_dim": 32, "decoder_rnn_dim": 48,
                   "attention_rnn_dim": 48, "attention_hidden_dim": 24, "prenet_dim": 24, "postnet_embedding_dim": 32},
        "inputs": [randint(30, 2, 9), py("torch.tensor([9, 7])"), randn(2, 20, 12), py("torch.tensor([12, 10])")],
        "output": [1],
    },
    "Conformer": {
        "kwargs": {"input_dim": 24, "num_heads": 4, "ffn_dim": 48, "num_layers": 3, "depthwise_conv_kernel_size": 7, "dropout": 0.1},
        "inputs": [randn(2, 15, 24), py("torch.tensor([15, 11])")],
    },
    "Emformer": {
        "kwargs": {"input_dim": 24, "num_heads": 4, "ffn_dim": 48, "num_layers": 3, "segment_length": 4, "right_context_length": 1,
                   "left_context_length": 4, "max_memory_size": 2, "tanh_on_mem": True, "dropout": 0.1},
        "inputs": [randn(2, 13, 24), py("torch.tensor([12, 9])")],
    },
    "emformer_rnnt_model": {"kwargs": EMFORMER, "inputs": transducer_inputs(16, 20)},
    "emformer_rnnt_base": {"kwargs": {"num_symbols": 40}, "inputs": transducer_inputs(80, 40)},
    "HDemucs": {
        "kwargs": {"sources": SOURCES, "channels": 8, "nfft": 1024, "depth": 5},
        "inputs": [randn(1, 2, 6000)],
    },
    "hdemucs": {"kwargs": {"sources": SOURCES}, "inputs": [randn(1, 2, 12000)]},
}  # fmt: skip


def audio():
    """Every public name of torchaudio.models that is, or gives, a module; a class whose parts a builder makes is that builder's."""
    import torchaudio.models as models

    public = {name: getattr(models, name) for name in models.__all__}
    for name, build in public.items():
        made = typing.get_type_hints(build).get("return") if inspect.isfunction(build) else build
        if not (inspect.isclass(made) and issubclass(made, torch.nn.Module)):
            continue
        if name.startswith("hubert_pretrain"):
            yield pretraining_case(name)
            continue
        how = AUDIO.get(name) or next((AUDIO[key] for key in AUDIO if name.startswith(key + "_")), None)
        if how:
            yield case(build.__module__, name, **how)
        elif not inspect.isclass(build):
            yield {"id": f"torchaudio:{name}", "reason": "no arguments are known for it"}


def pretraining_case(name):
    """HuBERT's own objective."""
    small = name == "hubert_pretrain_model"
    kwargs = {**WAVE2VEC, **MASKING} if small else {}
    inputs = [randn(2, 1610), randint(20, 2, 39)] if small else [randn(2, 6480), randint(100, 2, 20)]
    built = {"args": [{"$py": f"package.models.{name}"}], "kwargs": kwargs, "inputs": inputs}
    return {"id": f"torchaudio:{name}", "file": "builtAudio.py", "entry": "Pretraining", **built}


def text():
    """torchtext's bundles without their weights, and its model classes."""
    for package in ("torchtext.models", "torchtext.prototype.models"):
        found = importlib.import_module(package)
        for name in sorted(vars(found)):
            build = getattr(found, name)
            if not (dataclasses.is_dataclass(build) and hasattr(build, "get_model")) or inspect.isclass(build):
                continue
            if "T5" in name:
                yield t5_case(name, build._config.encoder_only)
                continue
            how = {"kwargs": {"load_weights": False}, "inputs": [randint(1000, 2, 8)]}
            yield case(type(build).__module__, f"{name}.get_model", name=name, **how)


def t5_case(name, is_encoder):
    tokens = [randint(1000, 2, 7)] if is_encoder else [randint(1000, 2, 7), randint(1000, 2, 5)]
    output = ["encoder_output" if is_encoder else "decoder_output"]
    built = {"args": [{"$py": f"package.prototype.models.{name}"}], "inputs": tokens, "output": output}
    return {"id": f"torchtext:{name}", "file": "builtText.py", "entry": "drawn", **built}


def witness_builders(request):
    """All cases, in the packages' order."""
    stand_ins.unloadable_library()
    return [*vision(), *audio(), *text()]


def witness_size(request):
    """How many numbers the parameters of a case's model are."""
    one = request["case"]
    if "size" in one:
        return one["size"]
    model_case.prepare(one, request["root"], [], [])
    with OnMeta():
        model = model_case.build(one, model_case.load(one, request["root"]))
    return sum(p.numel() for p in model.parameters())


class OnMeta(TorchDispatchMode):
    """Tensors that are made inside have shapes and no values."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if "device" in kwargs:
            kwargs["device"] = torch.device("meta")
        if func is torch.ops.aten._weight_norm_interface.default:  # has no meta kernel in 1.13
            return torch.empty_like(args[0]), torch.empty_like(args[1])
        return func(*args, **kwargs)
