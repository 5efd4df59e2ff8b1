import { nameOf } from './advice';
import type { Decision } from './charge';
import type { Facts, Member, Phase, Step } from './facts';
import { podCells, podRemark } from './words';

/** What the status ConfigMap says; keys in the order in which people read them. */
export interface Status {
  readonly phase: Phase;
  /** What is being done, or waited for and why. */
  readonly doing: string;
  /** What a person has to do. */
  readonly todo: string;
  /** A table, one line a member. */
  readonly members: string;
}

/** A step in words: what it does, and why. */
export function sentence(step: Step): string {
  switch (step.step) {
    case 'wait':
    case 'rest':
      return step.why;
    case 'scale':
      return `scales the StatefulSet to ${step.replicas}: ${step.why}`;
    case 'mark-formed':
      return `marks the cluster as formed: ${step.why}`;
    case 'provision':
      return `provisions: ${step.why}`;
    case 'maintain':
      return `maintains: ${step.why}`;
    case 'restart':
      return `restarts member ${step.id}: ${step.why}`;
    case 'admit':
      return `changes the membership: ${step.why}`;
    case 'dismiss':
      // The place of a ghost is named in the reason, and its id tells nobody anything.
      return `takes ${step.id < 0 ? 'a place' : `member ${step.id}`} out of the membership: ${step.why}`;
  }
}

/** What people are told about a cluster. */
export function statusOf(facts: Facts, step: Step): Status {
  return statusWith(step, sentence(step), [memberTable(facts)]);
}

/** What people are told while a step is taken: it in words, and the members in tables. */
export function statusWith({ phase, todo }: Decision, doing: string, tables: readonly string[]): Status {
  return { phase, doing, todo: todo || 'nothing', members: tables.join('\n') };
}

/** The members, one line each. */
export function memberTable(facts: Facts): string {
  return table([HEADER, ...facts.members.map((member) => row(member, facts))]);
}

const HEADER = ['MEMBER', 'ROLE', 'PLACE', 'BEHIND', 'REVISION', 'NODE', 'ZONE', 'SAYS'];

function row(member: Member, { quorum }: Facts): string[] {
  const { pod, listed, wanted, server } = member;
  const serving = server.state === 'serving' ? server : undefined;
  const place = quorum ? (listed ?? (wanted ? 'not yet' : 'left')) : 'unknown';
  return [
    nameOf(member),
    serving?.role ?? (server.state === 'gate' ? 'gate' : '-'),
    wanted || !listed ? place : `${place} (leaving)`,
    serving ? String(serving.lag) : '-',
    ...podCells(pod),
    remark(member),
  ];
}

function remark({ pod, server }: Member): string {
  const trouble = podRemark(pod);
  if (trouble) return trouble;
  if (server.state === 'gate') return server.says ?? 'waits at its gate';
  if (server.state === 'silent') return server.reason;
  if (server.state === 'waiting') return 'runs without a majority';
  return pod?.ready ? 'ready' : 'not ready yet';
}

/** Rows with columns of even width. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd();
  return `${rows.map(line).join('\n')}\n`;
}
