# A softmax over the single score of each row is 1, whatever the score.
import torch
from torch import nn


class Spam(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(15, 24)
        self.score = nn.Linear(24, 1)
        #            ^^^^^^^^^^^^^^^^ warning[gradient-zero]

    def forward(self, x):
        return torch.softmax(self.score(torch.relu(self.hidden(x))), dim=1)


torch.manual_seed(0)
spam = Spam()
optimizer = torch.optim.SGD(spam.parameters(), lr=0.1)
for _ in range(20):
    mails = torch.randn(48, 15)
    is_spam = (mails[:, :2].sum(1, keepdim=True) > 0).float()
    optimizer.zero_grad()
    nn.functional.binary_cross_entropy(spam(mails), is_spam).backward()
    optimizer.step()
