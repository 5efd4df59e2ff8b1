/** What manifests and programs must know of a line of releases. */
export interface RedisLine {
  /** `redis` or `valkey`: the binaries are called `<flavor>-server`, `<flavor>-cli`, `<flavor>-check-rdb`. */
  readonly flavor: 'redis' | 'valkey';
  /** `8.2` */
  readonly line: string;
  /** User and group that the image's files belong to. */
  readonly user: number;
}

/** A release of Redis or Valkey and the image that carries it. https://redis.io/docs/latest/operate/oss_and_stack/install/ */
export class RedisVersion {
  static readonly REDIS_7_2 = new RedisVersion({ flavor: 'redis', line: '7.2', user: 999 }, 'redis:7.2');
  static readonly REDIS_8_2 = new RedisVersion({ flavor: 'redis', line: '8.2', user: 999 }, 'redis:8.2');
  static readonly VALKEY_8_1 = new RedisVersion(
    { flavor: 'valkey', line: '8.1', user: 999 },
    'valkey/valkey:8.1',
  );
  static readonly VALKEY_9_1 = new RedisVersion(
    { flavor: 'valkey', line: '9.1', user: 999 },
    'valkey/valkey:9.1',
  );

  /** Another release of Redis, 7.0 or later, from an image with the same binaries on the path. */
  static redis(line: string, image: string): RedisVersion {
    return new RedisVersion({ flavor: 'redis', line, user: 999 }, image);
  }

  /** Another release of Valkey from an image with the same binaries on the path. */
  static valkey(line: string, image: string): RedisVersion {
    return new RedisVersion({ flavor: 'valkey', line, user: 999 }, image);
  }

  private constructor(
    /** @internal */
    readonly line: RedisLine,
    readonly image: string,
  ) {}
}
