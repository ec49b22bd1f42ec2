declare module "pyodide/pyodide.asm.mjs" {
  /** Emscripten's factory; the settings are what `loadPyodide` makes. */
  const create: (settings: Record<string, unknown>) => Promise<unknown>;
  export default create;
}
