/** Draws, densities, moments and divergences of torch.distributions, as expressions over the inputs of snippets/evaluate.py. */

/** Constructors; h, p, q, v, w and x are the inputs. */
const MADE: readonly string[] = [
  "Normal(x, p)",
  "LogNormal(x, p)",
  "Uniform(-p, q)",
  "Exponential(p)",
  "Laplace(x, p)",
  "Cauchy(x, p)",
  "Gumbel(x, p)",
  "HalfNormal(p)",
  "HalfCauchy(p)",
  "Pareto(p, q + 2)",
  "Weibull(p, q + 1)",
  "Kumaraswamy(p, q)",
  "Gamma(p * 3, q)",
  "Chi2(p * 4)",
  "StudentT(p + 3, x, q)",
  "FisherSnedecor(p + 3, q + 5)",
  "ContinuousBernoulli(h)",
  "RelaxedBernoulli(t(0.7), logits=x)",
  "RelaxedOneHotCategorical(t(0.7), logits=x)",
  "MultivariateNormal(x[:, :3], s @ s.t() + torch.eye(3))",
  "MultivariateNormal(x[:, :3], scale_tril=torch.tril(s, -1) + torch.diag(p[0, :3]))",
  "LowRankMultivariateNormal(v, m[:, :2], p[0])",
  "LogisticNormal(x, p)",
  "Independent(Normal(x, p), 1)",
  "TransformedDistribution(Normal(x, p), [D.TanhTransform(cache_size=1)])",
  "TransformedDistribution(Independent(Normal(x, p), 1), [D.SigmoidTransform(), D.AffineTransform(1.0, q)])",
  "TransformedDistribution(Normal(x, p), [D.StickBreakingTransform()])",
  "TransformedDistribution(Exponential(p), [D.PowerTransform(t(0.5)), D.ExpTransform().inv])",
];

/** Those whose draws carry no gradient, or none that Chainrule has. */
const PLAIN: readonly string[] = [
  "Beta(p, q)",
  "Dirichlet(p)",
  "Bernoulli(h)",
  "Bernoulli(logits=x)",
  "Geometric(h)",
  "Categorical(p)",
  "Categorical(logits=x)",
  "OneHotCategorical(logits=x)",
  "Binomial(t([5.0, 30.0, 200.0, 2.0]), h)",
  "NegativeBinomial(p, logits=x)",
  "Poisson(p * 8)",
  "Multinomial(7, p)",
  "LKJCholesky(3, p[0])",
  "MixtureSameFamily(Categorical(p), Normal(x, q))",
  "MixtureSameFamily(Categorical(h[0, :3]), Independent(Normal(x, q), 1))",
];

/** In float64 VonMises draws in another order than in float32, so its density stands alone. */
const ALONE: readonly string[] = [
  "D.VonMises(x, p).log_prob(u), D.VonMises(x, p).variance",
  "D.OneHotCategoricalStraightThrough(logits=x).rsample() * y",
  "D.Normal(x, p).cdf(y), D.Normal(x, p).icdf(h), D.Gumbel(x, p).cdf(y), D.Weibull(p, q).icdf(h)",
  "D.Laplace(x, p).cdf(y), D.Cauchy(x, p).icdf(h), D.Exponential(p).cdf(q), D.HalfNormal(p).cdf(q)",
  "D.Normal(v, w.exp()).expand((3, 4)).log_prob(x)",
  "D.Categorical(logits=v).expand((3,)).log_prob(t([0, 3, 1]))",
  "D.Bernoulli(h).enumerate_support(), D.Categorical(p).enumerate_support(False)",
  "D.biject_to(D.constraints.positive)(x), D.transform_to(D.constraints.simplex)(x), D.biject_to(D.constraints.interval(-1.0, 2.0))(x)",
  "D.transforms.CorrCholeskyTransform()(x[:, :3])",
  "torch.poisson(p.detach() * 20), torch.binomial(t([3.0, 50.0, 400.0, 1000.0]).expand(3, 4), h.detach())",
];

const PAIRS: readonly string[] = [
  "Normal(x, p), D.Normal(y, q)",
  "Normal(x, p), D.Laplace(y, q)",
  "Normal(x, p), D.Gumbel(y, q)",
  "Gamma(p, q), D.Gamma(q, p)",
  "Beta(p, q), D.Beta(q, p)",
  "Beta(p, q), D.Gamma(q, p)",
  "Dirichlet(p), D.Dirichlet(q)",
  "Bernoulli(h), D.Bernoulli(logits=x)",
  "Categorical(p), D.Categorical(logits=x)",
  "Exponential(p), D.Gamma(q, p)",
  "Laplace(x, p), D.Laplace(y, q)",
  "Laplace(x, p), D.Normal(y, q)",
  "Poisson(p), D.Poisson(q)",
  "Geometric(h), D.Geometric(logits=x)",
  "Gumbel(x, p), D.Gumbel(y, q)",
  "Cauchy(x, p), D.Cauchy(y, q)",
  "Uniform(-p, q), D.Normal(x, p)",
  "HalfNormal(p), D.HalfNormal(q)",
  "Chi2(p), D.Chi2(q)",
  "ContinuousBernoulli(h), D.ContinuousBernoulli(logits=x)",
  "Independent(D.Normal(x, p), 1), D.Independent(D.Normal(y, q), 1)",
  "MultivariateNormal(x[:, :3], s @ s.t() + torch.eye(3)), D.MultivariateNormal(y[:, :3], torch.eye(3))",
  "LogNormal(x, p), D.LogNormal(y, q)",
];

const inD = (text: string): string => text.replaceAll(/(?<![.\w])([A-Z]\w+)\(/g, "D.$1(");

export const DRAWS: readonly string[] = [...MADE, ...PLAIN].map(
  (text) =>
    `(d := ${inD(text)}, d.sample(), d.sample((2,)), repr(d), d.batch_shape, d.event_shape)[1:]`,
);

export const REPARAMETRISED: readonly string[] = MADE.map((text) => `${inD(text)}.rsample((2,))`);

export const DENSITIES: readonly string[] = [...MADE, ...PLAIN].map(
  (text) => `(d := ${inD(text)}, d.log_prob(d.sample((2,)).detach()))[1]`,
);

export const MOMENTS: readonly string[] = [
  ...MADE.filter((text) => !/Relaxed|Logistic|Transformed|Mixture|Fisher|Cauchy/.test(text)),
  ...["Beta(p, q)", "Dirichlet(p)", "Bernoulli(h)", "Categorical(logits=x)"],
].map((text) => `(d := ${inD(text)}, d.entropy(), d.mean, d.variance)[1:]`);

export const DIVERGENCES: readonly string[] = [
  ...PAIRS.map((text) => `D.kl_divergence(D.${text})`),
  ...ALONE,
];
