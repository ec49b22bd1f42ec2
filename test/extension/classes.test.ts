import assert from "node:assert/strict";
import { models, moduleClasses } from "../../extension/classes.ts";

const names = (text: string): string[] => moduleClasses(text).map(({ name }) => name);

describe("model classes", () => {
  it("are told by their bases", () => {
    const text = [
      "class A(nn.Module):",
      "class B(torch.nn.Module, Mixin):",
      "class C(Module): pass",
      "class D(pl.LightningModule):",
      "class E(object):",
      "class F:",
      "class G(nn.ModuleList):",
      "class H(",
      "    nn.Module,",
      "):",
    ].join("\n");
    assert.deepEqual(names(text), ["A", "B", "C", "D", "H"]);
  });

  it("inherit within the file", () => {
    assert.deepEqual(names("class A(nn.Module):\n  x = 1\nclass B(A):\nclass C(Mixin[int], B):"), [
      "A",
      "B",
      "C",
    ]);
  });

  it("stand at the top level", () => {
    assert.deepEqual(names("def f():\n    class A(nn.Module):\n        pass"), []);
  });

  it("are placed at their names", () => {
    const [found] = moduleClasses("# ü\r\n\r\nclass  Größe(nn.Module):");
    assert.deepEqual(found, { name: "Größe", line: 2, startColumn: 7, endColumn: 12 });
  });

  it("are also told by functions that return them", () => {
    const text = [
      "def conv(n: int) -> nn.Conv2d:",
      "class Net(nn.Module):",
      "def _net(layers: List[int]) -> Net:",
      'def net18(*, weights: Optional[W] = None, size=(3, 4)) -> "Net":',
      "def net34(",
      "    progress: bool = True,",
      ") -> Net:",
      "    def inner() -> Net:",
      "def count(net: Net) -> int:",
    ].join("\n");
    assert.deepEqual(
      models(text).map(({ name, line }) => [name, line]),
      [
        ["Net", 1],
        ["net18", 3],
        ["net34", 4],
      ],
    );
  });
});
