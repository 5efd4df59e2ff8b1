import type { MemberEntry } from '../api/types';
import { hex } from './facts';

/** Settings that a member has for itself. https://etcd.io/docs/v3.6/op-guide/clustering/#static */
export interface OwnSettings {
  readonly name: string;
  readonly 'advertise-client-urls': string;
  readonly 'initial-advertise-peer-urls': string;
  readonly 'initial-cluster': string;
  readonly 'initial-cluster-state': 'new' | 'existing';
  readonly 'initial-cluster-token': string;
  readonly 'force-new-cluster'?: true;
}

/**
 * etcd.yaml of one member: what is common to all, and its own lines.
 * @throws Error when the common text has one of these settings already, since etcd takes no setting twice
 */
export function memberYaml(common: string, own: OwnSettings): string {
  const lines = Object.entries(own)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      if (new RegExp(`^(["']?)${key}\\1\\s*:`, 'm').test(common)) {
        throw new Error(`${key} is set in etcd.yaml, and each member has its own; leave it out there`);
      }
      // A string of JSON is one of YAML, whatever is in it.
      return `${key}: ${JSON.stringify(value)}\n`;
    });
  return `${common.trimEnd()}\n\n# this member\n${lines.join('')}`;
}

/** `initial-cluster` of a membership, in which the entry with this address is that of this member. */
export function initialCluster(
  members: readonly MemberEntry[],
  self: { readonly name: string; readonly peerUrl: string },
): string {
  return members
    .flatMap(({ id, name, peerUrls }) => {
      const isSelf = peerUrls.includes(self.peerUrl);
      // Names only tell entries apart here, and some have none: etcd knows members by their addresses.
      const unique = members.filter((entry) => entry.name === name).length === 1 && name !== self.name;
      const called = isSelf ? self.name : name && unique ? name : `member-${hex(id)}`;
      return peerUrls.map((url) => `${called}=${url}`);
    })
    .join(',');
}
