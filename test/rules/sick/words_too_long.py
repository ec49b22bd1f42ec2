# Twelve letters do not fit into the ten frames that pooling leaves: one word of each batch has no alignment, and the loss is infinite.
import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self, letters=20):
        super().__init__()
        self.columns = nn.Conv1d(16, 48, 3, padding=1)
        self.pool = nn.MaxPool1d(4)
        self.letters = nn.Linear(48, letters)

    def forward(self, lines):
        frames = self.pool(torch.relu(self.columns(lines))).permute(2, 0, 1)
        return torch.log_softmax(self.letters(frames), dim=2)


torch.manual_seed(0)
reader = Reader()
spelling = nn.CTCLoss()
optimizer = torch.optim.Adam(reader.parameters(), lr=1e-3)
for _ in range(20):
    lines = torch.randn(6, 16, 40)
    words = torch.randint(1, 20, (6, 12))
    lengths = torch.tensor([4, 3, 5, 12, 4, 2])
    optimizer.zero_grad()
    loss = spelling(reader(lines), words, torch.full((6,), 10), lengths)
#          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[non-finite]
    loss.backward()
    optimizer.step()
