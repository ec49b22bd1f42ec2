"""Digits as TensorFlow 1 gave them; a table of which some rows are taken before a column is."""
import pandas as pd
import torch
from tensorflow.examples.tutorials.mnist import input_data
from torch import nn

digits = input_data.read_data_sets("MNIST_data", one_hot=True)
df = pd.read_csv("reviews.csv")
assert len(df.iloc[:100]["verdict"].values) == len(df.iloc[100:200]["text"].values) == 100
net = nn.Linear(digits.train.images.shape[1], digits.train.labels.shape[1])
solver = torch.optim.Adam(net.parameters())
images, labels = digits.train.next_batch(16)
assert digits.test.images.max() <= 1 and digits.train.num_examples >= 1000
loss = nn.functional.cross_entropy(net(torch.from_numpy(images)), torch.from_numpy(labels).argmax(1))
loss.backward()
solver.step()
