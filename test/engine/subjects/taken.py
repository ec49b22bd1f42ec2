import torch
from torch import nn


class Pooled(nn.Module):
    def __init__(self, embedding_matrix, opt):
        super().__init__()
        self.embed = nn.Embedding.from_pretrained(torch.as_tensor(embedding_matrix))
        self.lstm = nn.LSTM(2 * opt.embed_dim, opt.hidden_dim, batch_first=True)
        self.head = nn.Linear(opt.hidden_dim, opt.polarities_dim)

    def forward(self, inputs):
        text, aspect = inputs[0], inputs[1]
        mean = self.embed(aspect).mean(1, keepdim=True)
        x = self.embed(text)
        h, _ = self.lstm(torch.cat([x, mean.expand_as(x)], -1))
        return self.head(h[:, -1])
