// Checks the package as its users get it: packs it, has the tarball linted, installs it into an empty project
// outside this checkout, and there loads it from CommonJS and from ESM, renders a chart in both, compares the
// bytes, and type-checks a program under both kinds of module resolution.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), 'cdk8s-stateful-'));
const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const bin = (command) => join(root, 'node_modules', '.bin', command);

let failed = 0;

/** Runs one check and says how it went; what a check throws is its failure. */
function check(title, action) {
  const start = Date.now();
  try {
    const result = action();
    console.log(`ok    ${title} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    failed++;
    console.log(`FAIL  ${title}\n${String(error.message).trimEnd().replace(/^/gm, '      ')}`);
    return undefined;
  }
}

function run(command, args, cwd = project) {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')}: exit ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

/** `cdk8s@2.70.106` and so on: the peers at the versions that are installed here. */
function installedPeers() {
  const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.keys(peerDependencies).map((peer) => {
    const { version } = JSON.parse(readFileSync(join(root, 'node_modules', peer, 'package.json'), 'utf8'));
    return `${peer}@${version}`;
  });
}

function pack() {
  run('npm', ['pack', '--silent', '--pack-destination', scratch], root);
  const [tarball] = readdirSync(scratch).filter((file) => file.endsWith('.tgz'));
  return join(scratch, tarball);
}

function checkContents(tarball) {
  const files = run('tar', ['-tzf', tarball], root).split('\n').filter(Boolean);
  const has = (pattern) => files.some((file) => pattern.test(file));
  for (const wanted of [
    'package/build/lib/index.js',
    'package/build/lib/index.d.ts',
    'package/build/lib/plan/cli.js',
    'package/lib/index.ts',
    'package/LICENSE',
    'package/CHANGELOG.md',
  ]) {
    if (!files.includes(wanted)) throw new Error(`${wanted} is missing from the tarball`);
  }
  const programs = readdirSync(join(root, 'build', 'steward'));
  for (const program of programs) {
    if (!files.includes(`package/build/steward/${program}`))
      throw new Error(`build/steward/${program} is missing`);
  }
  for (const stray of [
    /\.test\.ts$/,
    /^package\/(test|apps|dist|node_modules)\//,
    /^package\/build\/(?!lib\/|steward\/)/,
  ]) {
    if (has(stray))
      throw new Error(
        `the tarball contains files like ${stray}: ${files.filter((file) => stray.test(file))[0]}`,
      );
  }
}

const project = join(scratch, 'project');
const body = `
const app = new App();
const chart = new Chart(app, 'data', { namespace: 'data' });
new ZooKeeperCluster(chart, 'zookeeper', { voters: 3, storage: { data: Size.gibibytes(1) } });
`;
const imports = `import { App, Chart, Size, Yaml } from 'cdk8s';\nimport { ZooKeeperCluster } from '${name}';\n`;
const print = 'process.stdout.write(Yaml.stringify(...chart.toJson()));\n';
const programs = {
  'main.cjs': `const { App, Chart, Size, Yaml } = require('cdk8s');\nconst { ZooKeeperCluster } = require('${name}');\n${body}${print}`,
  'main.mjs': `${imports}${body}${print}`,
  // .cts and .mts fix the module format, so that both are seen under Node16
  'main.cts': `${imports}${body}export const text: string = Yaml.stringify(...chart.toJson());\n`,
  'main.mts': `${imports}${body}export const text: string = Yaml.stringify(...chart.toJson());\n`,
  'main.ts': `${imports}${body}export const text: string = Yaml.stringify(...chart.toJson());\n`,
};
const compilerOptions = ['--noEmit', '--strict', '--target', 'ES2022', '--types', 'node'];
const typeCheck = (module, moduleResolution, ...files) =>
  run(bin('tsc'), [...compilerOptions, '--module', module, '--moduleResolution', moduleResolution, ...files]);

try {
  const tarball = check('npm pack', pack);
  if (tarball) {
    check('contents of the tarball', () => checkContents(tarball));
    check('publint', () => run(bin('publint'), ['run', tarball, '--strict'], root));
    check('are the types wrong', () => run(bin('attw'), [tarball, '--no-color', '--no-emoji'], root));
    const installed = check('install into an empty project', () => {
      mkdirSync(project);
      writeFileSync(
        join(project, 'package.json'),
        '{ "name": "consumer", "version": "1.0.0", "private": true }\n',
      );
      for (const [file, text] of Object.entries(programs)) writeFileSync(join(project, file), text);
      const { version } = JSON.parse(
        readFileSync(join(root, 'node_modules/@types/node/package.json'), 'utf8'),
      );
      run('npm', [
        'install',
        '--silent',
        '--no-audit',
        '--no-fund',
        '--no-package-lock',
        '--omit=optional',
        '--ignore-scripts',
        '--prefer-offline',
        tarball,
        ...installedPeers(),
        `@types/node@${version}`,
      ]);
      return true;
    });
    if (installed) {
      const fromCommonJs = check('render from CommonJS', () => run('node', ['main.cjs']));
      const fromEsm = check('render from ESM', () => run('node', ['main.mjs']));
      check('the same bytes from both', () => {
        if (!fromCommonJs || fromCommonJs !== fromEsm) throw new Error('the two renderings differ');
        if (!/^kind: StatefulSet$/m.test(fromCommonJs)) throw new Error('rendered no StatefulSet');
      });
      check('the command plans what has been rendered', () => {
        for (const [file, text] of Object.entries({ 'before.yaml': fromCommonJs, 'after.yaml': fromEsm }))
          writeFileSync(join(project, file), text);
        const plan = run('npx', [
          '--no-install',
          name,
          'plan',
          '--from',
          'before.yaml',
          '--to',
          'after.yaml',
        ]);
        if (plan !== 'before.yaml -> after.yaml: nothing happens\n') throw new Error(`it says: ${plan}`);
      });
      check('types under module Node16, from CommonJS and ESM', () =>
        typeCheck('Node16', 'Node16', 'main.cts', 'main.mts', 'main.ts'),
      );
      check('types under moduleResolution bundler', () => typeCheck('ESNext', 'bundler', 'main.ts'));
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(failed === 0 ? 'the package is fine' : `${failed} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;
