// Bundles the programs that run in the cluster, one readable file each:
//   lib/<system>/steward-main.ts      -> build/steward/<system>.js
//   lib/core/generate-secret-main.ts  -> build/steward/generate-secret.js
// They are rendered into ConfigMaps, so the same sources must give the same bytes on every machine: no source
// map, no timestamp, no path that depends on where the checkout lies.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Entry points that exist in `root`, as esbuild wants them: name of the bundle -> source file. */
function entryPoints(root) {
  const lib = join(root, 'lib');
  if (!existsSync(lib)) return {};
  const rooms = readdirSync(lib, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const candidates = [
    ['generate-secret', 'lib/core/generate-secret-main.ts'],
    ...rooms.map((room) => [room, `lib/${room}/steward-main.ts`]),
  ];
  return Object.fromEntries(candidates.filter(([, file]) => existsSync(join(root, file))));
}

/** Bundles everything in `root` into `root`/build/steward and returns the names of the bundles. */
export async function buildSteward(root) {
  const outdir = join(root, 'build', 'steward');
  const entries = entryPoints(root);
  await build({
    absWorkingDir: root, // esbuild names its inputs relative to this
    entryPoints: entries,
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    // The bundle must not change with the flags that tsconfig.json has for type checking.
    tsconfigRaw: { compilerOptions: { target: 'ES2022' } },
  });
  for (const file of existsSync(outdir) ? readdirSync(outdir) : []) {
    const name = file.replace(/\.js$/, '');
    if (!(name in entries))
      rmSync(join(outdir, file), { recursive: true }); // left over from a removed entry
    else if (readFileSync(join(outdir, file), 'utf8').includes(root)) {
      throw new Error(
        `build/steward/${file}: contains the path of the checkout; the bundle must not depend on it`,
      );
    }
  }
  return Object.keys(entries);
}

const invoked = process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1];
if (invoked) {
  const names = await buildSteward(process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url))));
  console.log(`build/steward: ${names.length === 0 ? 'no entry point yet' : names.join(', ')}`);
}
