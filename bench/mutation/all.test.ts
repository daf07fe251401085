// The tests that are asked of each mutant, as one file: each is loaded once.
// @ts-expect-error: Vite puts imports in its place.
import.meta.glob(
  [
    "../../test/answer/**/*.test.ts",
    "../../test/tree/**/*.test.ts",
    "../../test/trust/**/*.test.ts",
    "../../test/learn/*.test.ts",
    "../../test/learn/{align,flow,schedule,stages,synthesis,trial}/**/*.test.ts",
    "../../test/learn/model/{budget,build,prompt,question}.test.ts",
    "../../test/{cache,hazards,hazards-induction,hazards-model,induction,model-induction,prose}.test.ts",
    "../../test/cache/{archive,consultant,eraser,erasures,hand-over,learner,listing,review,tally}.test.ts",
  ],
  { eager: true },
);
