import type { Duration, Size } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { Credentials } from '../core/credentials';
import type { DeepPartial } from '../core/merge';
import type { PlacementProps } from '../core/placement';
import type { ITwemproxyShard } from './twemproxy-shard';

/** When a proxy of a cache goes on without a shard, whose keys are then looked for on the others. */
export interface TwemproxyEjection {
  /** Failures in a row (`server_failure_limit`). @default 2 */
  readonly failures?: number;
  /** After which time it is tried again (`server_retry_timeout`). @default Duration.seconds(30) */
  readonly retryAfter?: Duration;
}

/** Props of `Twemproxy`. https://github.com/twitter/twemproxy/blob/master/notes/recommendation.md */
export interface TwemproxyProps {
  /** Name of the proxy and prefix of its objects; it can never change. @default - the construct's id */
  readonly name?: string;
  /**
   * The shards by their names, at least two; each is a master of its own with its replicas. A key is on the shard that its hash
   * and the names decide on: a shard may move to other servers under its name. Of a store, shards are added and taken out by
   * editing this: a Job moves the keys. A cache finds those that belong elsewhere then no more.
   */
  readonly shards: Readonly<Record<string, ITwemproxyShard>>;
  /**
   * Shards that were taken out of `shards`, whose keys are to be moved to those that stay. They may be dropped once the Job has
   * said that it is done. @default - none
   */
  readonly leaving?: Readonly<Record<string, ITwemproxyShard>>;
  /**
   * Whether keys may be lost or made anew (`cache`), or not (`store`). Proxies of a store start only while its shards say that
   * their keys are where this proxy would look for them. @default 'store'
   */
  readonly use?: 'store' | 'cache';
  /**
   * Function of a key that decides on its shard. `fnv1a_64`, which twemproxy itself has by default, gives other results on
   * arm64 for keys that are not ASCII: with it, proxies run on amd64 only. @default 'md5'
   */
  readonly hash?: 'md5' | 'fnv1a_64';
  /**
   * Two characters, such as `{}`: of a key that has both, only what stands between them is hashed, so that keys can be kept on
   * one shard, as commands with two keys and scripts need it. @default - none, all of a key is hashed
   */
  readonly hashTag?: string;
  /** How long a shard may take for an answer before the client gets an error (`timeout`). @default Duration.seconds(2) */
  readonly timeout?: Duration;
  /**
   * Connections of each proxy to each shard. With more than one, what a client sends without waiting for answers may be carried
   * out in another order. @default 1
   */
  readonly serverConnections?: number;
  /** Goes on without shards that fail, where keys may be lost: a cache. @default - never */
  readonly ejection?: TwemproxyEjection;
  /** Proxies. @default 2 */
  readonly replicas?: number;
  /** Connections of clients that each proxy should have memory for; nothing limits them. @default 1000 */
  readonly clientConnections?: number;
  /**
   * Size of the pieces that requests and replies are kept in (`--mbuf-size`), 512 bytes to 16 MiB. Keys must be shorter.
   * @default Size.kibibytes(16)
   */
  readonly mbufSize?: Size;
  /**
   * Memory request and limit of the proxy itself. Pieces are kept for ever: it needs 2 x mbufSize for each connection of a client
   * with one request under way, as much for each further one, and for each shard that a request with many keys goes to; a
   * value takes as many pieces as it fills. @default - 32 MiB, and twice 2 x mbufSize for each of clientConnections
   */
  readonly memory?: Size;
  /** CPU request of the proxy itself, as Kubernetes writes it. There is no limit: one thread does all the work. @default '100m' */
  readonly cpu?: string;
  /**
   * Password that clients give, and the proxy to its shards as their user `default`. To change it, add a second Twemproxy
   * before the same shards, with other credentials, and move clients to it. @default Credentials.generated()
   */
  readonly credentials?: Credentials;
  /** Where proxies run. @default - spread over zones, and over hosts as far as that is possible */
  readonly placement?: PlacementProps;
  /** Image with `nutcracker` and `sleep` on the path, and `/usr/bin/tini`. @default 'ghcr.io/twitter/twemproxy:0.5.0' */
  readonly image?: string;
  /** Official Node.js image, 22 or later, that runs the programs beside a proxy. @default 'node:22-bookworm-slim' */
  readonly nodeImage?: string;
  /** Laid upon the pod template: lists of named things are merged by name, `null` removes. @default - nothing */
  readonly podOverrides?: DeepPartial<k8s.PodTemplateSpec>;
}
