# An atom without bonds has degree 0, and 0 to the power of -1/2 is infinite.
import torch
from torch import nn


class Molecule(nn.Module):
    def __init__(self, kinds=10, width=26):
        super().__init__()
        self.atoms = nn.Linear(kinds, width)
        self.read = nn.Linear(width, 2)

    def forward(self, atoms, bonds):
        spread = bonds.sum(-1, keepdim=True) ** -0.5
#                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[non-finite]
        mixed = spread * (bonds @ (spread * self.atoms(atoms)))
        return self.read(torch.relu(mixed).mean(1))


torch.manual_seed(0)
bonds = (torch.rand(4, 9, 9) > 0.5).float()
bonds = ((bonds + bonds.transpose(1, 2)) > 1).float()
bonds[2, 5] = 0
bonds[2, :, 5] = 0
molecule = Molecule()
loss = nn.functional.cross_entropy(molecule(torch.randn(4, 9, 10), bonds), torch.tensor([0, 1, 1, 0]))
loss.backward()
