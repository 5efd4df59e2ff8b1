// Bundles the programs that run in the cluster into readable files:
//   lib/<system>/steward-main.ts      -> build/steward/<system>.js
//   lib/<system>/steward-main.mts, gate-main.mts -> build/steward/<system>.mjs, <system>-gate.mjs, and <system>-shared.mjs
//                                        with what both import: all in one would be more than a ConfigMap should hold
//   lib/core/generate-secret-main.ts  -> build/steward/generate-secret.js
//   lib/redis/twemproxy-main.ts       -> build/steward/redis-twemproxy.js
// They are rendered into ConfigMaps, so the same sources must give the same bytes on every machine: no source
// map, no timestamp, no path that depends on where the checkout lies.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles to make in `root`: name -> source file; those of a system with a gate of its own share what they import. */
function bundles(root) {
  const lib = join(root, 'lib');
  if (!existsSync(lib)) return { single: {}, split: [] };
  const rooms = readdirSync(lib, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const exists = (file) => existsSync(join(root, file));
  const single = Object.fromEntries(
    [
      ['generate-secret', 'lib/core/generate-secret-main.ts'],
      ['redis-twemproxy', 'lib/redis/twemproxy-main.ts'],
      ...rooms.map((room) => [room, `lib/${room}/steward-main.ts`]),
    ].filter(([, file]) => exists(file)),
  );
  // Modules by their name: esbuild wraps what a package of CommonJS has as .ts when it splits it.
  const split = rooms
    .filter((room) => exists(`lib/${room}/gate-main.mts`))
    .map((room) => ({
      room,
      entries: { [room]: `lib/${room}/steward-main.mts`, [`${room}-gate`]: `lib/${room}/gate-main.mts` },
    }));
  return { single, split };
}

/** Bundles everything in `root` into `root`/build/steward and returns the names of the bundles. */
export async function buildSteward(root) {
  const outdir = join(root, 'build', 'steward');
  const { single, split } = bundles(root);
  const options = {
    absWorkingDir: root, // esbuild names its inputs relative to this
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node22',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    // The bundle must not change with the flags that tsconfig.json has for type checking.
    tsconfigRaw: { compilerOptions: { target: 'ES2022' } },
  };
  const made = Object.keys(single).map((name) => `${name}.js`);
  await build({ ...options, entryPoints: single, format: 'cjs' });
  for (const { room, entries } of split) {
    const chunkNames = `${room}-shared`;
    const outExtension = { '.js': '.mjs' };
    await build({
      ...options,
      entryPoints: entries,
      format: 'esm',
      splitting: true,
      chunkNames,
      outExtension,
    });
    made.push(...[...Object.keys(entries), chunkNames].map((name) => `${name}.mjs`));
  }
  for (const file of existsSync(outdir) ? readdirSync(outdir) : []) {
    if (!made.includes(file))
      rmSync(join(outdir, file), { recursive: true }); // left over from a removed entry
    else if (readFileSync(join(outdir, file), 'utf8').includes(root)) {
      throw new Error(
        `build/steward/${file}: contains the path of the checkout; the bundle must not depend on it`,
      );
    }
  }
  return made;
}

const invoked = process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1];
if (invoked) {
  const names = await buildSteward(process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url))));
  console.log(`build/steward: ${names.length === 0 ? 'no entry point yet' : names.join(', ')}`);
}
