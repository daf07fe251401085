/** As much of the runtime's `WebAssembly` as plugins need: the types of the browser's are not for this program. */

/** A compiled module: it can be sent to a thread. */
export interface Module {
  readonly [KIND]: "module";
}
declare const KIND: unique symbol;

/** What a module imports or exports. */
export interface Descriptor {
  readonly name: string;
  readonly kind: "function" | "table" | "memory" | "global" | "tag";
}

interface Engine {
  compile(bytes: Uint8Array): Promise<Module>;
  readonly Module: {
    imports(module: Module): readonly (Descriptor & { readonly module: string })[];
    exports(module: Module): readonly Descriptor[];
  };
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: Engine };

/** Rejects for what is no module. */
export const compile = (bytes: Uint8Array): Promise<Module> => WebAssembly.compile(bytes);
export const importsOf = (module: Module): ReturnType<Engine["Module"]["imports"]> =>
  WebAssembly.Module.imports(module);
export const exportsOf = (module: Module): readonly Descriptor[] => WebAssembly.Module.exports(module);
