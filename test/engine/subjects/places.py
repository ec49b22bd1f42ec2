import torch
from torch import nn


class Hearing(nn.Module):
    def __init__(self, n_mels, n_audio_ctx, n_audio_state):
        super().__init__()
        self.conv1 = nn.Conv1d(n_mels, n_audio_state, 3, padding=1)
        self.conv2 = nn.Conv1d(n_audio_state, n_audio_state, 3, stride=2, padding=1)
        self.register_buffer("places", torch.zeros(n_audio_ctx, n_audio_state))

    def forward(self, mel):
        x = self.conv2(self.conv1(mel).relu()).relu().permute(0, 2, 1)
        assert x.shape[1:] == self.places.shape, "wrong length"
        return x + self.places


class Words(nn.Module):
    def __init__(self, n_vocab, n_text_state):
        super().__init__()
        self.hearing = Hearing(4, 24, n_text_state)
        self.words = nn.Embedding(n_vocab, n_text_state)
        self.out = nn.Linear(n_text_state, n_vocab)

    def forward(self, mel, tokens):
        return self.out(self.words(tokens) + self.hearing(mel).mean(1, keepdim=True))
