/** Whose disk it should be. */
export interface DiskOwner {
  readonly clusterId: string;
  readonly id: number;
  readonly zookeeper: boolean;
}

/** Why a directory with this `meta.properties` must not be used by this server; undefined: it is its own. */
export function ownership(file: string, text: string, owner: DiskOwner): string | undefined {
  const settings = new Map(
    text
      .split(/\r?\n/)
      .filter((line) => !line.startsWith('#') && line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()]),
  );
  const version = settings.get('version');
  const [idName, expected] = owner.zookeeper ? ['broker.id', '0'] : ['node.id', '1'];
  if (version !== expected && (version === '0' || version === '1')) {
    const [was, is] =
      version === '0' ? ['in ZooKeeper', 'in controllers'] : ['in controllers', 'in ZooKeeper'];
    return `${file} was written by a server that has its metadata ${was}, and this one has it ${is}; mount the right volume`;
  }
  const id = settings.get(idName);
  const cluster = settings.get('cluster.id');
  if (version !== expected || id === undefined || cluster === undefined) {
    const missing = ['version', idName, 'cluster.id'].filter((name) => !settings.has(name)).join(', ');
    const why = missing ? `it has no ${missing}` : `its version is ${version}`;
    return `${file} cannot be read (${why}); restore it, or empty the volume to let the server start over from the others`;
  }
  // With its metadata in ZooKeeper a cluster gives itself its id.
  const theirs = owner.zookeeper || cluster === owner.clusterId;
  if (theirs && id === String(owner.id)) return undefined;
  const [whose, ours] = owner.zookeeper
    ? [`broker ${id}`, `broker ${owner.id}`]
    : [`node ${id} of cluster ${cluster}`, `node ${owner.id} of cluster ${owner.clusterId}`];
  return `${file} belongs to ${whose}, and this is ${ours}; mount the right volume`;
}
