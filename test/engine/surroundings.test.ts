import assert from "node:assert/strict";
import { ranScript, startAnalyst } from "../support/analyst.ts";

const NET = `
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(WIDTH, 3)

    def forward(self, x):
        return self.fc(x)
`;
const STEP = `
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model(batch).sum().backward()
optimizer.step()
`;

/** Old and new interface by how the script takes what \`reset\` gives; spaces as Gym registers them. */
const CONTROL = `
import gym, pickle, torch
from gym.wrappers import ClipAction, FrameStack, GrayScaleObservation, RecordEpisodeStatistics, ResizeObservation

class Shifted(gym.ObservationWrapper):
    def observation(self, seen):
        return seen + 1

env = RecordEpisodeStatistics(Shifted(gym.make("Hopper-v2")))
first = env.reset()
print(env.observation_space.shape, env.action_space.shape, float(env.action_space.high[0]), first.shape, first.min() >= 0)
ended, steps = False, 0
while not ended:
    seen, reward, ended, info = env.step(env.action_space.sample())
    steps += 1
print(steps, sorted(info["episode"]), abs(reward) <= 1)
game = FrameStack(ResizeObservation(GrayScaleObservation(gym.make("BreakoutNoFrameskip-v4")), 84), 4)
print(game.action_space.n, game.unwrapped.get_action_meanings()[:2], game.reset().shape, game.reset().dtype)
print(pickle.loads(pickle.dumps(game.unwrapped.spec)).max_episode_steps, 1 <= game.unwrapped.np_random.randint(1, 31) <= 30)
many = gym.vector.SyncVectorEnv([lambda: gym.make("MountainCar-v0")] * 3)
print(many.reset().shape, [type(part).__name__ for part in many.step([0, 1, 2])])
model, batch = torch.nn.Linear(11, 3), torch.as_tensor(first)[None]
${STEP}`;

const PROGRAMS = `
import subprocess, torch
for call in (lambda: subprocess.check_output(["git", "rev-parse", "HEAD"]), lambda: subprocess.check_call("wget http://x/y.zip", shell=True),
             lambda: subprocess.run("unzip y.zip", shell=True, text=True).stdout, lambda: subprocess.Popen(["nvidia-smi"]).wait()):
    try:
        print(repr(call()))
    except subprocess.CalledProcessError as error:
        print(error)
model, batch = torch.nn.Linear(2, 2), torch.ones(4, 2)
${STEP}`;

/** Real processes print the same. */
const WORKERS = `
import multiprocessing as mp
import numpy as np
import torch

def counts(remote, other, state):
    other.close()
    while True:
        command, by = remote.recv()
        if command == "add":
            state = state + by
            remote.send((state, np.float32(state) / 2))
        else:
            remote.close()
            break

class Echo(mp.Process):
    def __init__(self, end):
        super().__init__(daemon=True)
        self.end = end

    def run(self):
        said = self.end.recv()
        while said is not None:
            self.end.send(said[::-1])
            said = self.end.recv()

pairs = [mp.get_context("spawn").Pipe() for _ in range(2)]
for i, (here, there) in enumerate(pairs):
    worker = mp.Process(target=counts, args=(there, here, 10 * i), daemon=True)
    worker.start()
for here, _ in pairs:
    here.send(("add", 1))
    here.send(("add", 2))
print([here.recv() for here, _ in pairs], [here.recv() for here, _ in pairs], pairs[0][0].poll())
for here, _ in pairs:
    here.send(("close", None))
mine, yours = mp.Pipe()
Echo(yours).start()
mine.send("abc")
print(mine.recv())
model, batch = torch.nn.Linear(2, 2), torch.ones(4, 2)
${STEP}`;

const OLDER = `
import argparse
import torch
import pytorch_lightning as pl
from torch import distributed
from torchvision import transforms

parser = pl.Trainer.add_argparse_args(argparse.ArgumentParser())
parser.add_argument("--share", default=50, help="in % of all")
args = parser.parse_args(["--max_epochs", "2", "--gradient_clip_val", "0.5"])
trainer = pl.Trainer.from_argparse_args(args, max_steps=3)
print(trainer.max_epochs, trainer.gradient_clip_val, trainer.max_steps, args.gpus, args.share)
class Module(pl.LightningModule):
    def __init__(self, hparams):
        super().__init__()
        self.hparams = hparams
print(Module(args).hparams.max_epochs)
torch.manual_seed(0)
print(transforms.RandomCrop.get_params(torch.ones(3, 8, 9), (4, 4)))
found = [None]
distributed.all_gather_object(found, 3, group=distributed.new_group([0]))
print(found, distributed.group.WORLD)
torch.cuda.nvtx.range_push("step")
model, batch = torch.nn.Linear(2, 2), torch.ones(4, 2)
${STEP}`;

const FORKING = `
import os, subprocess, sys
import numpy as np
import scipy.signal
from mpi4py import MPI
import torch

if os.getenv("IN_MPI") is None:
    subprocess.check_call(["mpirun", "-np", "4", sys.executable] + sys.argv, env=dict(os.environ, IN_MPI="1"))
    sys.exit()
print(MPI.COMM_WORLD.Get_size(), MPI.COMM_WORLD.allreduce(3.0, op=MPI.SUM))
total = np.zeros(2, dtype="float32")
MPI.COMM_WORLD.Allreduce(np.array([1.0, 2.0], dtype="float32"), total, op=MPI.SUM)
print(total.tolist())
print(scipy.signal.lfilter([1], [1, -0.5], np.array([1.0, 2.0, 4.0])[::-1], axis=0)[::-1].tolist())
model, batch = torch.nn.Linear(2, 2), torch.ones(4, 2)
${STEP}`;

const GUARDED = `
import os, torch
from pathlib import Path

if not os.path.isfile("lists/train.txt"):
    raise RuntimeError("there is no list")
if os.path.isdir("data"):
    names = os.listdir("data")
else:
    exit("no data")
root = Path("more")
if not root.exists():
    raise FileNotFoundError(root)
print(os.path.exists("lists/other.txt"), len(names) > 0)
if not torch.cuda.is_available():
    raise SystemExit("needs a GPU")
model, batch = torch.nn.Linear(2, 2), torch.ones(4, 2)
${STEP}`;

/** A list of pictures and masks, as segmentation reads them; words where nobody looks for pictures. Sizes as OpenCV's resize.cpp makes them. */
const LISTED = `
import os
import cv2
import numpy as np
import torch
from PIL import Image

def pairs_of(root, data_list):
    pairs = []
    for line in open(data_list):
        parts = line.strip().split(" ")
        if len(parts) != 2:
            raise RuntimeError("not a picture and a label: " + line)
        image_name = os.path.join(root, parts[0])
        pairs.append((image_name, os.path.join(root, parts[1])))
    return pairs

image, label = pairs_of("data", "lists/train.lst")[1]
mask = np.array(Image.open(label))
print(image, label, mask.ndim, mask.max(), (cv2.imread(label, cv2.IMREAD_GRAYSCALE) == mask).all(), len(open("notes.weird").read().split()) > 100)
x = np.array([[0, 100], [200, 250]], dtype="uint8")
print(cv2.resize(x, (4, 2)).tolist(), cv2.resize(x, (1, 1)).tolist(), cv2.resize(x.astype("float32"), (3, 2)).tolist())
print(cv2.resize(x, None, fx=2, fy=1, interpolation=cv2.INTER_NEAREST).tolist(), cv2.resize(np.stack([x] * 3, 2), (3, 5)).shape)
y = torch.from_numpy(mask[:16, :16].astype("int64"))[None]
picture = cv2.resize(cv2.imread(image), (16, 16)).astype("float32") / 255
model, batch = torch.nn.Conv2d(3, 2, 1), torch.from_numpy(picture).permute(2, 0, 1)[None]
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
torch.nn.functional.cross_entropy(model(batch), y).backward()
optimizer.step()
`;

describe("the world around a script", function () {
  this.timeout(120_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const run = (text: string) => ranScript(analyst, text);

  it("has Gym's problems by their spaces, and says that all else is synthetic", async () => {
    const { report, lines } = await run(CONTROL);
    assert.deepEqual(lines, [
      "(11,) (3,) 1.0 (11,) True",
      "50 ['l', 'r', 't'] True",
      "4 ['NOOP', 'FIRE'] (4, 84, 84) uint8",
      "50 True",
      "(3, 2) ['ndarray', 'ndarray', 'ndarray', 'list']",
    ]);
    const told = report.replaced.map(({ what, by }) => `${what}: ${by}`);
    assert.match(told[0] ?? "", /^gym\.make\('Hopper-v2'\): synthetic observations and rewards/);
  });
  it("refuses a problem that it does not know by its name", async () => {
    const text = CONTROL.replace("Hopper-v2", "MyOwn-v0");
    const report = await analyst.analyzeText("/train.py", text);
    assert.equal(report.unsupported[0]?.name, "gym.make('MyOwn-v0')");
  });
  it("starts no programs: fetching counts as done, asking the machine fails as without it", async () => {
    const { lines } = await run(PROGRAMS);
    assert.deepEqual(lines, [
      "Command '['git', 'rev-parse', 'HEAD']' returned non-zero exit status 128.",
      "0",
      "''",
      "127",
    ]);
    const report = await analyst.analyzeText("/a.py", PROGRAMS.replace("wget http", "solver http"));
    assert.equal(report.unsupported[0]?.name, "subprocess.check_call('solver')");
  });
  it("is one process, also where the script starts itself as several", async () => {
    assert.deepEqual((await run(FORKING)).lines, ["1 3.0", "[1.0, 2.0]", "[3.0, 4.0, 4.0]"]);
  });
  it("runs processes that answer through a pipe, in turns", async () => {
    const { lines, report } = await run(WORKERS);
    assert.deepEqual(lines, ["[(1, 0.5), (11, 5.5)] [(3, 1.5), (13, 6.5)] False", "cba"]);
    assert.ok(report.subject?.choices.some(({ what }) => what === "Process(counts)"));
  });
  it("has names of older packages", async () => {
    const { lines } = await run(OLDER);
    assert.deepEqual(lines, ["2 0.5 3 None 50", "2", "(4, 3, 4, 4)", "[3] None"]);
  });
  it("lists pictures where lines are read as pictures, and their masks hold classes", async () => {
    const { report, lines } = await run(LISTED);
    assert.deepEqual(lines, [
      "data/images/1.jpg data/labels/1.png 2 1 True True",
      "[[0, 25, 75, 100], [200, 213, 238, 250]] [[138]] [[0.0, 50.0, 100.0], [200.0, 225.0, 250.0]]",
      "[[0, 0, 100, 100], [200, 200, 250, 250]] (5, 3, 3)",
    ]);
    assert.deepEqual(
      report.replaced.map(({ what, by }) => `${what}: ${by.replace(/\d+/g, "N")}`),
      [
        "lists/train.lst: N lines of synthetic names of pictures",
        "data/labels/1.png: a synthetic mask of zeros and ones, N × N",
        "notes.weird: N lines of synthetic English words",
        "data/images/1.jpg: a synthetic picture, RGB N × N",
      ],
    );
  });
  it("has what the file ends without", async () => {
    const { lines } = await run(GUARDED);
    assert.deepEqual(lines, ["False True"]);
  });
});

describe("modules that hide one another", function () {
  this.timeout(60_000);
  const analyst = startAnalyst();
  after(() => analyst.stop());
  const sources = {
    "/p/utils/size.py": "WIDTH = 8\n",
    "/p/net/utils.py": "OTHER = 1\n",
    "/p/net/model.py": `import torch\nfrom utils.size import WIDTH\n${NET}`,
    "/p/net/own.py": `import torch\nfrom utils import OTHER as WIDTH\n${NET}`,
    "/p/kit/__init__.py": "from .version import __version__\n",
    "/p/kit/made.py": `import torch\nfrom kit import __version__\nfrom kit._ext import fast\nWIDTH = 7 + int(__version__)\n${NET}`,
    "/p/kit/lost.py": `import torch\nfrom kit.there import WIDTH\n${NET}`,
  };
  const run = (file: string) => analyst.analyze({ file, sources, roots: ["/p"] });

  it("the project's folder is taken where the file beside has not what is imported", async () => {
    const report = await run("/p/net/model.py");
    assert.equal(report.layers[0]?.type, "Linear", report.findings[0]?.message);
    assert.deepEqual(report.parameters[0]?.shape, [3, 8]);
    assert.deepEqual((await run("/p/net/own.py")).parameters[0]?.shape, [3, 1]);
  });
  it("what only an installation makes is stood in for; what is nowhere is an error", async () => {
    const report = await run("/p/kit/made.py");
    assert.deepEqual(report.parameters[0]?.shape, [3, 7], report.findings[0]?.message);
    assert.deepEqual(
      report.replaced.map(({ what }) => what),
      ["module kit.version", "module kit._ext"],
    );
    const lost = await run("/p/kit/lost.py");
    assert.match(lost.findings[0]?.message ?? "", /No module named 'kit\.there'/);
  });
});
