# A factor behind nn.Parameter(…): what the module holds is the product, not the parameter.
import torch
from torch import nn


class Prompted(nn.Module):
    def __init__(self, width=24, prompts=3):
        super().__init__()
        self.prompts = nn.Parameter(torch.randn(prompts, width)) / width**0.5
#                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[parameter-unregistered]
        self.mix = nn.Linear(width, width)
        self.read = nn.Linear(width, 5)

    def forward(self, x):
        joined = torch.cat([self.prompts.expand(len(x), -1, -1), x], 1)
        return self.read(self.mix(joined).relu().mean(1))


if __name__ == "__main__":
    print(Prompted()(torch.randn(6, 10, 24)).shape)
