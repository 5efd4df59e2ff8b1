/** A minor line of etcd, as far as manifests and upgrades must know it. https://etcd.io/docs/latest/op-guide/versioning/ */
export interface EtcdLine {
  /** `3.6` */
  readonly minor: string;
  /** Lowest release from which a cluster of the line before may be upgraded to this one. */
  readonly upgradesFrom: string;
  /** Whether settings have the names of their time as experiments, without which 3.7 does not know them. */
  readonly experimentalFlags: boolean;
  /** How many members may be learners at a time. 3.5 has no setting for it. */
  readonly maxLearners: number;
}

/** As many as a cluster can ever lack: from one member to seven. */
const MANY_LEARNERS = 6;

/** Lines that the library knows, oldest first. https://etcd.io/docs/v3.6/upgrades/upgrade_3_6/ */
export const ETCD_LINES: readonly EtcdLine[] = [
  { minor: '3.5', upgradesFrom: '3.4.0', experimentalFlags: true, maxLearners: 1 },
  { minor: '3.6', upgradesFrom: '3.5.32', experimentalFlags: false, maxLearners: MANY_LEARNERS },
  { minor: '3.7', upgradesFrom: '3.6.11', experimentalFlags: false, maxLearners: MANY_LEARNERS },
];

/** A release of etcd and the image that carries it. https://github.com/etcd-io/etcd/releases */
export class EtcdVersion {
  static readonly V3_5_33 = new EtcdVersion('3.5.33', 'gcr.io/etcd-development/etcd:v3.5.33');
  static readonly V3_6_14 = new EtcdVersion('3.6.14', 'gcr.io/etcd-development/etcd:v3.6.14');

  /** Another release of a line that the library knows, or a release from another image with the same paths. */
  static custom(version: string, image: string): EtcdVersion {
    return new EtcdVersion(version, image);
  }

  private constructor(
    readonly version: string,
    readonly image: string,
  ) {}

  /** The line that it is of; undefined: the library does not know it. @internal */
  get line(): EtcdLine | undefined {
    return ETCD_LINES.find(({ minor }) => this.version.startsWith(`${minor}.`));
  }
}
