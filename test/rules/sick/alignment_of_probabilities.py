# CTC takes logarithms of probabilities, and is given the probabilities.
import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self, signs=12):
        super().__init__()
        self.frames = nn.Conv1d(8, 32, 5, padding=2)
        self.signs = nn.Linear(32, signs)
        self.share = nn.Softmax(dim=-1)
#                    ^^^^^^^^^^^^^^^^^^ warning[loss-input]

    def forward(self, sound):
        frames = self.frames(sound).relu().permute(2, 0, 1)
        return self.share(self.signs(frames))


torch.manual_seed(1)
reader = Reader()
adam = torch.optim.Adam(reader.parameters(), lr=1e-3)
align = nn.CTCLoss()
for _ in range(6):
    sound, words = torch.randn(5, 8, 40), torch.randint(1, 12, (5, 7))
    loss = align(reader(sound), words, torch.tensor([40] * 5), torch.tensor([7] * 5))
    adam.zero_grad()
    loss.backward()
    adam.step()
