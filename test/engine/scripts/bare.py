import torch

w = torch.tensor([2.0, -1.0], requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for x, y in [([1.0, 3.0], 5.0), ([2.0, 2.0], 6.0)]:
    loss = (torch.dot(w, torch.tensor(x)) + b - y).pow(2).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad.zero_()
