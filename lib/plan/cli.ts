#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NO_PLAN, planExitCode } from './exit';
import { planOf } from './plan-of';
import { planJson } from './render/json';
import { planMarkdown } from './render/markdown';
import { planText } from './render/text';

/** What the command says of itself. */
export const USAGE = `usage: cdk8s-stateful plan [--from <directory | git revision | cluster>] [--to <directory>]

Says what applying manifests will do: which data is lost, what the API server refuses, what is interrupted, what
restarts. It compares and applies nothing.

  --from <what>     what is there now: a directory or a file, a git revision (HEAD~1, origin/main, v1:dist/prod),
                    cluster (by kubectl and its kubeconfig, read-only), or - for the standard input; default: HEAD
  --to <what>       what is to be applied: the same, without cluster; default: dist
  --namespace <name>, -n <name>
                    namespace of objects that name none
  --context <name>  context of the kubeconfig, with --from cluster
  --json            for machines
  --markdown        for a comment of a pull request
  --help, --version

exit status: 0 nothing to decide, 1 somebody should say yes, 2 data is lost or something is refused, 3 no plan
`;

/** Where the command writes to. */
export interface Output {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

/** Options of the command. */
export const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  context: { type: 'string' },
  json: { type: 'boolean', default: false },
  markdown: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
} as const;

/** Runs the command with its arguments and gives the status it ends with; what goes wrong is said in one line. */
export async function main(args: readonly string[], { out, error }: Output): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const { from, to, namespace, context, json, markdown, help, version } = values;
    if (help || version) {
      out(help ? USAGE : `${packageVersion()}\n`);
      return 0;
    }
    if (positionals.length === 0) throw new Error(`which command? There is one:\n\n${USAGE}`);
    if (positionals.join(' ') !== 'plan')
      throw new Error(`there is no command "${positionals.join(' ')}"; there is plan`);
    if (json && markdown) throw new Error('--json and --markdown: choose one');
    const plan = await planOf({ from, to, namespace, context });
    out(json ? planJson(plan) : markdown ? planMarkdown(plan) : planText(plan));
    return planExitCode(plan);
  } catch (cause) {
    error(`cdk8s-stateful: ${cause instanceof Error ? cause.message : cause}\n`);
    return NO_PLAN;
  }
}

function packageVersion(): string {
  // Both as it is installed, below build, and as its source.
  for (const up of ['../../..', '../..']) {
    try {
      return JSON.parse(readFileSync(join(__dirname, up, 'package.json'), 'utf8')).version as string;
    } catch {}
  }
  return 'unknown';
}

if (require.main === module) {
  void main(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
  }).then((status) => {
    process.exitCode = status;
  });
}
