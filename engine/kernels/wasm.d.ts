/** WebAssembly's JavaScript interface, as far as the engine uses it: TypeScript declares it in lib.dom only. */
declare namespace WebAssembly {
  interface MemoryDescriptor {
    readonly initial: number;
    readonly maximum?: number;
    readonly shared?: boolean;
  }
  class Memory {
    constructor(descriptor: MemoryDescriptor);
    readonly buffer: ArrayBuffer;
    /** Adds pages of 65,536 bytes; returns the old number of pages. Empties every earlier view. Throws RangeError. */
    grow(pages: number): number;
  }
  class Global<T = unknown> {
    constructor(descriptor: { value: string; mutable?: boolean }, value?: T);
    value: T;
  }
  class Module {
    constructor(bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>);
    static exports(module: Module): { readonly name: string; readonly kind: string }[];
    static customSections(module: Module, name: string): ArrayBuffer[];
  }
  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  function validate(bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>): boolean;
  function compile(bytes: ArrayBuffer | ArrayBufferView<ArrayBuffer>): Promise<Module>;
}
