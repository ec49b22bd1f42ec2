import torch
import torch.nn as nn


class Speller(nn.Module):
    """One letter after another is told what stood before it."""

    def __init__(self, input_size, letters=26, steps=20):
        super().__init__()
        self.cell = nn.GRUCell(input_size + letters, 32)
        self.letters, self.steps = letters, steps
        self.out = nn.Linear(32, letters)

    def forward(self, seen, said):
        state = seen.new_zeros(seen.size(0), 32)
        steps = []
        for i in range(self.steps):
            letter = torch.zeros(seen.size(0), self.letters).scatter_(1, said[:, i : i + 1], 1)
            state = self.cell(torch.cat([seen.mean(1), letter], 1), state)
            steps.append(self.out(state))
        return torch.stack(steps, 1)
