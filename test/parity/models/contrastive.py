import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class CLIPLike(nn.Module):
    def __init__(self, embed_dim=16, vocab=40, context=8):
        super().__init__()
        self.visual = nn.Sequential(
            nn.Conv2d(3, 12, 4, stride=4), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(48, embed_dim)
        )
        self.token_embedding = nn.Embedding(vocab, 20)
        self.positional_embedding = nn.Parameter(torch.empty(context, 20))
        self.ln_final = nn.LayerNorm(20)
        self.text_projection = nn.Parameter(torch.empty(20, embed_dim))
        self.logit_scale = nn.Parameter(torch.ones([]) * np.log(1 / 0.07))
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.positional_embedding, std=0.01)
        nn.init.normal_(self.text_projection, std=20**-0.5)

    def encode_text(self, text):
        x = self.ln_final(self.token_embedding(text) + self.positional_embedding)
        return x[torch.arange(x.shape[0]), text.argmax(dim=-1)] @ self.text_projection

    def forward(self, image, text):
        a, b = self.visual(image), self.encode_text(text)
        a = a / a.norm(dim=1, keepdim=True)
        b = b / b.norm(dim=1, keepdim=True)
        logits = self.logit_scale.exp() * a @ b.t()
        labels = torch.arange(len(image))
        return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)) / 2
