import torch
import torch.nn as nn


class TabularModel(nn.Module):
    """Categorical columns through embeddings, numeric ones through BatchNorm1d."""

    def __init__(self, emb_szs=((5, 3), (12, 6), (3, 2)), n_cont=4, out_sz=2, layers=(20, 10), p=0.4):
        super().__init__()
        self.embeds = nn.ModuleList([nn.Embedding(ni, nf) for ni, nf in emb_szs])
        self.emb_drop = nn.Dropout(p)
        self.bn_cont = nn.BatchNorm1d(n_cont)
        layerlist = []
        n_in = sum(nf for _, nf in emb_szs) + n_cont
        for width in layers:
            layerlist.append(nn.Linear(n_in, width))
            layerlist.append(nn.ReLU(inplace=True))
            layerlist.append(nn.BatchNorm1d(width, momentum=0.2))
            layerlist.append(nn.Dropout(p))
            n_in = width
        layerlist.append(nn.Linear(layers[-1], out_sz))
        self.layers = nn.Sequential(*layerlist)

    def forward(self, x_cat, x_cont):
        embeddings = []
        for i, e in enumerate(self.embeds):
            embeddings.append(e(x_cat[:, i] % e.num_embeddings))
        x = self.emb_drop(torch.cat(embeddings, 1))
        return self.layers(torch.cat([x, self.bn_cont(x_cont)], 1))
