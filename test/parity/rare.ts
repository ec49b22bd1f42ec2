/** [x1, y1, x2, y2], those of `p` and of `q` overlapping here and there. */
const BOXES =
  "torch.cat([p[:, :2], p[:, :2] + p[:, 2:]], 1), torch.cat([q[:, :2], q[:, :2] + q[:, 2:]], 1)";
const BOX_LOSSES = ["generalized", "distance", "complete"].flatMap((kind) =>
  ["", ", reduction='mean'", ", reduction='sum', eps=1e-3"].map(
    (how) => `torchvision.ops.${kind}_box_iou_loss(${BOXES}${how})`,
  ),
);

/** Calls that few files make: chosen values, pruning, parametrisations, products with Jacobians, a line search. */
export const RARE: readonly string[] = [
  "x.scatter_reduce(1, col, y, 'amax')",
  "x.scatter_reduce(1, col, y, 'amin', include_self=False)",
  "x.scatter_reduce(0, row, x, 'amax')",
  "x.detach().scatter_reduce(1, col, y.detach(), 'prod'), x.detach().scatter_reduce(1, col, y.detach(), 'prod', include_self=False)",
  "(a := x * 2, a.t()[1:].sigmoid_(), b := a[:, ::2].clone().permute(1, 0).exp_(), a, b * b.detach())[3:]",
  "(a := x.exp(), b := torch.zeros_like(a), b.copy_(a), b.mul_(2), F.relu_(b.t()), a, b)[5:]",
  "x.index_reduce(0, i, y, 'amax'), x.index_reduce(0, i, y, 'mean', include_self=False)",
  "x.put(t([1, -1]), v[:2]), x.put(t([1, 1]), v[:2], accumulate=True)",
  "torch.unique(row, dim=1, return_inverse=True, return_counts=True)",
  "torch.unique_consecutive(t([[1, 1], [1, 1], [0, 1]]), dim=0, return_counts=True)",
  "F.fractional_max_pool2d(img, 2, output_ratio=0.6, return_indices=True)",
  "F.fractional_max_pool2d(img, (3, 2), output_size=(3, 2))",
  "F.fractional_max_pool3d(vol, 2, output_size=(2, 3, 3))",
  "(net := nn.FractionalMaxPool2d(2, output_size=3), net(img))[1]",
  "(net := nn.utils.parametrizations.orthogonal(nn.Linear(4, 3)), net(x), net.weight @ net.weight.t())[1:]",
  "(net := nn.utils.parametrizations.orthogonal(nn.Linear(4, 4), orthogonal_map='cayley'), net(x))[1]",
  "(net := nn.utils.parametrizations.orthogonal(nn.Linear(4, 6), orthogonal_map='matrix_exp'), net(x))[1]",
  "(net := nn.utils.prune.l1_unstructured(nn.Linear(4, 3), 'weight', 0.4), nn.utils.prune.ln_structured(net, 'weight', 1, 2, 0), net(x), net.weight_mask)[2:]",
  "(net := nn.utils.prune.random_unstructured(nn.Linear(4, 3), 'weight', 5), nn.utils.prune.random_structured(net, 'weight', 1, 1), net(x))[2]",
  "torch.autograd.functional.jacobian(lambda a, c: a.exp() * c, (v.detach(), w.detach()))",
  "torch.autograd.functional.hessian(lambda a, c: (a ** 2 * c).sum(), (v.detach(), w.detach()))",
  "torch.autograd.functional.hvp(lambda a: (a ** 3).sum(), v.detach(), w.detach()), torch.autograd.functional.jvp(lambda a: a ** 3, v.detach(), w.detach())",
  "torch.autograd.functional.vjp(lambda a, c: (a * c, a), (v.detach(), w.detach()), (v.detach(), w.detach()))",
  "(a := torch.tensor([-1.5, 2.0], requires_grad=True), o := torch.optim.LBFGS([a], max_iter=6, line_search_fn='strong_wolfe'), [o.step(lambda: (o.zero_grad(), z := (1 - a[0]) ** 2 + 100 * (a[1] - a[0] ** 2) ** 2, z.backward())[1]) for _ in range(3)], a.detach().clone())[3]",
  "(net := nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)), torch.optim.swa_utils.update_bn([x.detach(), y.detach()], net), net[1].running_mean, net[1].running_var)[2:]",
  "(a := torch.ones(2, requires_grad=True), (a * 3).sum().backward(), first := a.grad, (a * 2).sum().backward(), a.grad is first, first)[4:]",
  "torch.quantile(x, 0.4, dim=1, interpolation='lower'), torch.quantile(x, 0.4, interpolation='higher'), torch.quantile(x, 0.4, interpolation='midpoint'), torch.quantile(x, 0.37, interpolation='nearest')",
  "torch.quantile(x, t([0.1, 0.5], dtype=f64), interpolation='lower')",
  "(h := torch.autograd.graph.saved_tensors_hooks(lambda a: a.detach() * 2, lambda a: a + 1), h.__enter__(), z := x.exp() * y.sin() / p, h.__exit__(), torch.autograd.grad(z.sum(), (x, y, p)))[4]",
  "torch.div(x, q, rounding_mode='floor'), torch.div(x, 0.1, rounding_mode='trunc'), torch.remainder(x, q)",
  "torch.kaiser_window(5), torch.kaiser_window(6, periodic=False, beta=8.0), torch.kaiser_window(1)",
  "torch.cumulative_trapezoid(x), torch.cumulative_trapezoid(b, dx=0.5, dim=1)",
  "torch.constant_pad_nd(x, (1, 2), 3.0), torch.norm_except_dim(b, 2, 0)",
  "torch.grid_sampler(img, torch.stack([u, h], -1)[None].expand(2, 3, 4, 2), 0, 0, False)",
  "torch.affine_grid_generator(b[:, :2, :3], [2, 1, 4, 5], False)",
  "torch.is_same_size(x, y), torch.is_signed(x)",
  ...BOX_LOSSES,
];
