/** The page's own files, as the build made them. */
import { existsSync, readFileSync } from "node:fs";

/** A file that is served. */
export interface Asset {
  readonly type: string;
  readonly body: string;
}

const FILES = { "page.js": "text/javascript", "page.css": "text/css" } as const;

/** Beside the bundle, or in the bundle of these sources. */
const PLACES = ["./inspector/", "../../dist/inspector/"];

/** The files by name. Throws where the package was not built. */
export function readAssets(folder: URL | undefined = found()): ReadonlyMap<string, Asset> {
  const files = Object.entries(FILES).map(([name, type]): [string, Asset] => [
    name,
    { type: `${type}; charset=utf-8`, body: readFileSync(new URL(name, folder), "utf8") },
  ]);
  return new Map([...files, ["", { type: "text/html; charset=utf-8", body: PAGE }]]);
}

function found(): URL {
  const place = PLACES.map((path) => new URL(path, import.meta.url)).find((url) =>
    existsSync(new URL("page.js", url)),
  );
  if (!place) throw new Error("the page is not there: npm run build makes it");
  return place;
}

/** All there is of markup; everything else is made by the script, as text. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>reprise</title>
<link rel="stylesheet" href="page.css">
<link rel="icon" href="data:,">
</head>
<body><div id="page"><p>The page needs JavaScript.</p></div><script type="module" src="page.js"></script></body>
</html>
`;
