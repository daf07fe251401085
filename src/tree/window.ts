/** What the latest sightings show: two generations of what is known, of which the older goes as a whole. */

/** One generation; `size` is roughly in characters. */
export interface Generation {
  size: number;
}

/** How a window is made. */
export interface WindowOptions<State extends Generation> {
  /** A generation that knows nothing yet. */
  readonly create: () => State;
  /** Both generations together, roughly in characters. */
  readonly maxSize: number;
  /** Told by how much the window has grown; less than nothing where it has lost. */
  readonly onResized?: ((by: number) => void) | undefined;
  /** Told of the younger generation when it becomes the older one. */
  readonly onAged?: (state: State) => void;
}

/**
 * Bounds what is known without weighing one fact against another: what speaks for something and what speaks
 * against it are dropped together, so that what is left is what a process would know that had begun later.
 */
export class Window<State extends Generation> {
  private young: State;
  private old: State | undefined;

  constructor(private readonly options: WindowOptions<State>) {
    this.young = options.create();
  }

  get size(): number {
    return this.young.size + (this.old?.size ?? 0);
  }

  /** The younger generation first. */
  get generations(): readonly State[] {
    return this.old ? [this.young, this.old] : [this.young];
  }

  /**
   * The generation that takes in what is seen now, and the one before. To be asked once for everything that
   * is seen at once.
   */
  current(): { readonly young: State; readonly old: State | undefined } {
    if (this.young.size > this.options.maxSize / 2) this.turn();
    return { young: this.young, old: this.old };
  }

  /** Counts what a generation has taken in; by default the younger one. */
  grow(by: number, state: State = this.young): void {
    state.size += by;
    this.options.onResized?.(by);
  }

  /** Forgets everything. */
  clear(): void {
    const lost = this.size;
    this.young = this.options.create();
    this.old = undefined;
    if (lost > 0) this.options.onResized?.(-lost);
  }

  private turn(): void {
    const lost = this.old?.size ?? 0;
    this.old = this.young;
    this.young = this.options.create();
    this.options.onAged?.(this.old);
    if (lost > 0) this.options.onResized?.(-lost);
  }
}
