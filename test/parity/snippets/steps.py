"""evaluate(source): the norms of the gradients that each optimizer of a script held at its first step, optimizers in the order of their making."""
import torch


class _Enough(BaseException):
    pass


def evaluate(source):
    made, first = [], {}
    init = torch.optim.Optimizer.__init__

    def following(self, *args, **kwargs):
        init(self, *args, **kwargs)
        made.append(self)
        step = self.step

        def note():
            first.setdefault(id(self), [float(p.grad.double().norm()) for g in self.param_groups for p in g["params"]])
            if len(first) == len(made):
                raise _Enough

        def noting(closure=None):
            if closure is None:
                note()
                return step()

            def evaluated():
                loss = closure()
                note()
                return loss

            return step(evaluated)

        self.step = noting

    torch.optim.Optimizer.__init__ = following
    torch.manual_seed(0)
    try:
        exec(compile(source, "script.py", "exec"), {"__name__": "__main__"})
    except _Enough:
        pass
    finally:
        torch.optim.Optimizer.__init__ = init
    return [first[id(o)] for o in made]
