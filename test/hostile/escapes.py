"""
Every way out of the room that we know, tried from the user's file. The test puts CHOSEN (an attempt's name), PORT
(where it listens), ROOT and ENVIRONMENT (the names that the room may show) before this text.
"""
import json

attempts = []


def attempt(function):
    attempts.append(function)
    return function


def bridge():
    import _chainrule

    return _chainrule


def js_object():
    """Some JavaScript object that Python can reach."""
    import pyodide_js

    return pyodide_js


def js_function():
    return js_object().runPython


def thrown_by_js():
    """The error object of a call that fails in JavaScript."""
    from pyodide.ffi import JsException

    try:
        js_object()._module.HEAP8.constructor.new(-1)
    except JsException as error:
        return getattr(error, "js_error", error)
    raise RuntimeError("nothing was thrown")


@attempt
def js_module_has_globals():
    import js

    names = ["process", "require", "fetch", "WebSocket", "globalThis", "eval", "Function"]
    found = [name for name in names if hasattr(js, name)]
    assert not found, found
    raise PermissionError("import js shows nothing")


@attempt
def run_js():
    from pyodide.code import run_js

    return run_js("1 + 1")


@attempt
def run_script():
    import ctypes

    call = ctypes.CDLL(None).emscripten_run_script_int
    return call(b"40 + 2")


@attempt
def run_script_string():
    import ctypes

    call = ctypes.CDLL(None).emscripten_run_script_string
    call.restype = ctypes.c_char_p
    return call(b"typeof process")


@attempt
def function_constructor():
    return js_function().constructor.new("return 1")()


@attempt
def function_constructor_of_constructor():
    return js_object().constructor.constructor("return typeof process")()


@attempt
def async_function_constructor():
    return js_object().loadPackage.constructor("return 1")()


@attempt
def bridge_constructor():
    return bridge().constructor.constructor("return process")()


@attempt
def error_constructor():
    return thrown_by_js().constructor.constructor("return process")()


@attempt
def indirect_eval():
    return js_object()._module.API.constructor.constructor("return eval")()("1")


@attempt
def emscripten_asm():
    import ctypes

    return ctypes.CDLL(None).emscripten_asm_const_int(b"{ return 1 }", b"", 0)


@attempt
def mount_node_fs():
    js_object().mountNodeFS("/host", "/etc")
    return open("/host/passwd").read()


@attempt
def node_file_system_type():
    module = js_object()._module
    module.FS.mkdir("/host2")
    module.FS.mount(module.FS.filesystems.NODEFS, {"root": "/etc"}, "/host2")
    return open("/host2/passwd").read()


@attempt
def create_lazy_file():
    js_object().FS.createLazyFile("/", "lazy", "http://127.0.0.1/", True, False)
    return open("/lazy").read()


@attempt
def load_package():
    from pyodide.ffi import run_sync

    return run_sync(js_object().loadPackage("micropip"))


@attempt
def fetch():
    from pyodide.http import pyfetch
    from pyodide.ffi import run_sync

    return run_sync(pyfetch("http://127.0.0.1/"))


@attempt
def open_url():
    from pyodide.http import open_url

    return open_url("http://127.0.0.1/").read()


@attempt
def tcp():
    import socket

    connection = socket.socket()
    connection.settimeout(2)
    connection.connect(("127.0.0.1", PORT))
    connection.send(b"out")
    return connection.recv(10)


@attempt
def tcp_server():
    import socket

    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    server.settimeout(1)
    return server.accept()


@attempt
def udp():
    import socket

    connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return connection.sendto(b"out", ("127.0.0.1", PORT))


@attempt
def resolve_name():
    import socket

    address = socket.gethostbyname("localhost.localdomain.example")
    assert not address.startswith("172.29."), "only Emscripten's made-up address"
    return address


@attempt
def url_open():
    import urllib.request

    return urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=2).read()


@attempt
def subprocess_run():
    import subprocess

    return subprocess.run(["id"], capture_output=True).stdout


@attempt
def os_system():
    import os

    code = os.system("true")
    assert code != 0, code
    raise PermissionError(code)


@attempt
def fork():
    import os

    return os.fork()


@attempt
def exec_program():
    import os

    os.execv("/bin/true", ["true"])


@attempt
def host_file():
    return open("/etc/passwd").read()


@attempt
def host_folder():
    import os

    found = [name for name in os.listdir("/") if name not in ROOT]
    assert not found, found
    raise PermissionError("the root is Emscripten's")


@attempt
def proc():
    return open("/proc/self/environ").read() + open("/proc/self/cmdline").read()


@attempt
def environment():
    import os

    found = {key: value for key, value in os.environ.items() if key not in ENVIRONMENT}
    if found:
        return found
    raise PermissionError("nothing of the host's")


@attempt
def standard_input():
    import sys

    found = sys.stdin.readline() or open(0).read()
    if found:
        return found
    raise PermissionError("nothing comes in")


@attempt
def fake_module():
    import sys, types

    sys.modules["js"] = types.ModuleType("js")
    sys.modules.pop("pyodide_js", None)
    for name in list(sys.modules):
        if name.startswith(("pyodide", "_pyodide", "js")):
            del sys.modules[name]
    import js

    return js.process


@attempt
def format_stack():
    """Node asks the realm's Error for a formatter of stacks, and would call it from outside."""
    from pyodide.ffi import create_proxy

    to_object = js_object().constructor
    kind = thrown_by_js().constructor  # RangeError
    kind = to_object.getPrototypeOf(kind)
    assert kind.name == "Error", kind.name
    seen = []
    kind.prepareStackTrace = create_proxy(lambda *seen_now: seen.append(seen_now))
    kind.new("x").stack
    if not seen:
        raise PermissionError("no formatter is asked")
    return seen


@attempt
def forged_stack_frames():
    """Functions of the frames below, by the formatter that may not be set."""
    from pyodide.ffi import to_js

    to_object = js_object().constructor
    error = to_object.getPrototypeOf(thrown_by_js().constructor)
    to_object.defineProperty(error, "prepareStackTrace", to_js({"value": 1}, dict_converter=to_object.fromEntries))
    return "redefined"


@attempt
def overflow_inside_the_border():
    """A stack overflow inside a function of the outside must not hand over its error."""
    from pyodide.ffi import JsException

    def roots(error):
        object_ = error.constructor
        return object_.constructor("return process")()

    def deeper(n):
        import time

        try:
            time.monotonic()
            return deeper(n + 1)
        except RecursionError:
            raise
        except JsException as error:
            return roots(error)

    return deeper(0)


if CHOSEN is None:
    print("ATTEMPTS " + json.dumps([function.__name__ for function in attempts]))
else:
    [function] = [function for function in attempts if function.__name__ == CHOSEN]
    try:
        print("LOOT " + repr(function())[:200])
    except BaseException as error:
        print(f"REFUSED {type(error).__name__}: {error}"[:300])
