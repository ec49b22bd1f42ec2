"""A cell whose state is joined to its input's channels; a kernel that must be a tuple; frames in front."""
import torch
from torch import nn


class Cell(nn.Module):
    def __init__(self, input_dim, hidden_dim, kernel_size):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.gates = nn.Conv2d(input_dim + hidden_dim, 2 * hidden_dim, kernel_size, padding=kernel_size[0] // 2)

    def forward(self, x, state):
        keep, new = self.gates(torch.cat([x, state], 1)).chunk(2, 1)
        return torch.sigmoid(keep) * state + torch.tanh(new)


class Frames(nn.Module):
    def __init__(self, input_dim, hidden_dim, kernel_size):
        super().__init__()
        if not isinstance(kernel_size, tuple):
            raise ValueError("`kernel_size` must be tuple")
        self.cell = Cell(input_dim, hidden_dim, kernel_size)

    def forward(self, frames):
        batch, time, _, height, width = frames.size()
        state = frames.new_zeros(batch, self.cell.hidden_dim, height, width)
        for t in range(time):
            state = self.cell(frames[:, t], state)
        return state
