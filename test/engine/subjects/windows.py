from torch import nn


class Voice(nn.Module):
    def __init__(self, num_mels, window=40):
        super().__init__()
        self.window = window
        self.lstm = nn.LSTM(num_mels, 16, batch_first=True)

    def forward(self, mel):
        frames = mel.unfold(1, self.window, 4).permute(1, 2, 0)
        return self.lstm(frames)[0][:, -1]
