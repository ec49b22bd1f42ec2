# Weights of unit variance, made and stepped by hand.
import torch
import torch.nn.functional as F

torch.manual_seed(0)
first = torch.randn(200, 300, requires_grad=True)
last = torch.randn(300, 8, requires_grad=True)
for _ in range(20):
    rows, kinds = torch.randn(60, 200), torch.randint(0, 8, (60,))
    scores = torch.relu(rows @ first) @ last
    loss = F.cross_entropy(scores, kinds)
    #      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[initial-loss]
    loss.backward()
    with torch.no_grad():
        for weight in (first, last):
            weight -= 1e-3 * weight.grad
            weight.grad.zero_()
