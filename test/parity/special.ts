/** Special functions. */
export const SPECIAL: readonly string[] = [
  "torch.special.i0(x), torch.i0(x * 20)",
  "torch.special.i0e(x), torch.special.i1(x), torch.special.i1e(x)",
  "torch.special.i0e(x * 40), torch.special.i1e(x * 40)",
  "torch.special.erfcx(x)",
  "torch.special.ndtri(h), torch.special.ndtr(x * 3), torch.special.log_ndtr(x * 4)",
  "torch.special.ndtri(h ** 8)",
  "torch.polygamma(1, p), torch.polygamma(2, p), p.polygamma(3)",
  "torch.lgamma(x), torch.digamma(x)",
  "torch.special.zeta(p.detach() + 1.5, q)",
  "torch.igamma(p.detach() * 5, q * 5), torch.igammac(p.detach() * 5, q * 5), torch.special.gammainc(p.detach(), q)",
  "torch.mvlgamma(p + 1, 3), torch.special.multigammaln(p + 2, 2)",
  "torch.special.xlog1py(x, u), torch.special.entr(h), torch.special.entr(x.detach())",
  "torch.lcm(n, o), torch.gcd(n, o)",
];
