// The tests that are asked of each mutant, as one file: each is loaded once.
// @ts-expect-error: Vite puts imports in its place.
import.meta.glob(
  [
    "../../test/answer/**/*.test.ts",
    "../../test/tree/**/*.test.ts",
    "../../test/trust/**/*.test.ts",
    "../../test/learn/*.test.ts",
    "../../test/learn/{stages,trial}/**/*.test.ts",
    "../../test/{cache,hazards,hazards-induction,induction,prose}.test.ts",
    "../../test/cache/{archive,consultant,eraser,erasures,hand-over,listing,review}.test.ts",
  ],
  { eager: true },
);
