import type { Manifest } from '../types';
import { run } from './run';

/** What kubectl read. */
export interface Answer {
  readonly items: readonly Manifest[];
  readonly unread: readonly Unread[];
}

/** Something that kubectl could not read. */
export interface Unread {
  /** In words. */
  readonly text: string;
  /** Whether it is this object that may not be read. */
  readonly forbids: (manifest: Manifest) => boolean;
}

/**
 * `kubectl get`, which reads and nothing else.
 * @throws where kubectl is missing or does not reach the API server
 */
export async function get(args: readonly string[], context?: string, input?: string): Promise<Answer> {
  const flags = ['-o', 'json', '--show-managed-fields', '--ignore-not-found'];
  const at = context === undefined ? [] : ['--context', context];
  const { stdout, stderr } = await run('kubectl', ['get', ...args, ...flags, ...at], input);
  const lines = stderr.split('\n').filter((line) => line !== '' && !/^([IWE]\d{4} |Warning: )/.test(line));
  const unread = [...new Set(lines)].map(understand);
  const text = stdout.toString('utf8').trim();
  return { items: text === '' ? [] : itemsOf(JSON.parse(text)), unread };
}

function itemsOf(answer: Manifest): readonly Manifest[] {
  return answer.kind === 'List' ? (answer.items as readonly Manifest[]) : [answer];
}

function understand(line: string): Unread {
  const unknown = /no matches for kind "(.+?)" in version "(.+?)"/.exec(line);
  if (unknown) {
    const [, kind, version] = unknown;
    const text = `the cluster does not know ${kind} of ${version}: what is to become of it cannot be said`;
    return { text, forbids: (manifest) => manifest.kind === kind && manifest.apiVersion === version };
  }
  const forbidden = /\(Forbidden\): (\S+?)(?: "(.+?)")? is forbidden: (.*)$/.exec(line);
  if (!forbidden) throw new Error(`kubectl could not read the cluster: ${line.replace(/^error: /i, '')}`);
  const [, resource, name, reason] = forbidden;
  const namespace = /in the namespace "(.+?)"/.exec(reason)?.[1];
  const where = [namespace, name].filter((part) => part !== undefined).join('/');
  return {
    text: `${resource} ${where} may not be read: what is to become of it cannot be said`,
    forbids: ({ kind, metadata }) =>
      metadata.name === name &&
      (metadata.namespace ?? namespace) === namespace &&
      resource.startsWith(kind.toLowerCase().slice(0, -1)),
  };
}
