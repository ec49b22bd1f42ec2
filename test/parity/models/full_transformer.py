import torch
import torch.nn as nn


class Translator(nn.Module):
    def __init__(self, vocab=30, d=24):
        super().__init__()
        self.src_emb = nn.Embedding(vocab, d)
        self.tgt_emb = nn.Embedding(vocab, d)
        self.transformer = nn.Transformer(
            d_model=d, nhead=3, num_encoder_layers=1, num_decoder_layers=2, dim_feedforward=32, batch_first=True
        )
        self.generator = nn.Linear(d, vocab)

    def forward(self, src, tgt):
        mask = nn.Transformer.generate_square_subsequent_mask(tgt.size(1))
        padding = src == 0
        x = self.transformer(
            self.src_emb(src),
            self.tgt_emb(tgt),
            tgt_mask=mask.to(self.generator.weight.dtype),
            src_key_padding_mask=padding,
            memory_key_padding_mask=padding,
        )
        return self.generator(x)
