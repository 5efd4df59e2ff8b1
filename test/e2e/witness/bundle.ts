import { buildSync } from 'esbuild';

/** One file with everything that a program of the suite needs, for a ConfigMap. */
export function bundle(entry: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    minify: true,
    // Native and optional; and the one that carries its own code instead of a file beside it.
    external: ['@node-rs/crc32'],
    alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' },
    // Modules ask where they are, which a bundle can only say of itself.
    define: { 'import.meta.url': 'here' },
    banner: { js: "const here = require('node:url').pathToFileURL(__filename).href;" },
    tsconfigRaw: { compilerOptions: { target: 'ES2022' } },
  });
  return outputFiles[0].text;
}
