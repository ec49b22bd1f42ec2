import torch

torch.manual_seed(1)
model = torch.nn.Linear(3, 2)
x, y = torch.randn(7, 3), torch.randn(7, 2)
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5)


def closure():
    optimizer.zero_grad()
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    return loss


for _ in range(10):
    optimizer.step(closure)
