import torch
import torch.nn as nn
import torch.nn.functional as F


class TextCNN(nn.Module):
    def __init__(self, vocab_size=60, embed_dim=16, classes=3, sizes=(3, 4, 5), filters=6):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, embed_dim)
        self.convs = nn.ModuleList([nn.Conv1d(embed_dim, filters, k) for k in sizes])
        self.bn = nn.BatchNorm1d(filters * len(sizes))
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(filters * len(sizes), classes)
        nn.init.xavier_uniform_(self.fc.weight)

    def forward(self, x):
        x = self.embed(x).permute(0, 2, 1)
        x = [F.relu(conv(x)) for conv in self.convs]
        x = [F.max_pool1d(c, c.size(2)).squeeze(2) for c in x]
        return self.fc(self.dropout(self.bn(torch.cat(x, 1))))
