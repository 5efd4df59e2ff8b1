import { Adler32 } from '../../../lib/zookeeper/tasks/snapshot-file';

/** Bytes with a seal at their end, as ZooKeeper's `SnapStream` writes it: the checksum so far and the string "/". */
export function sealed(bytes: Buffer): Buffer {
  const checksum = Buffer.alloc(8);
  checksum.writeBigInt64BE(new Adler32().update(bytes).value);
  return Buffer.concat([bytes, checksum, Buffer.from([0, 0, 0, 1, 0x2f])]);
}

/** A snapshot in three parts, each with a seal of its own: the tree, its digest, and the last zxid. */
export function snapshot(tree: Buffer = Buffer.from('a tree'.repeat(100))): Buffer {
  const whole = sealed(Buffer.concat([Buffer.from('ZKSN\0\0\0\x02'), tree]));
  return sealed(Buffer.concat([sealed(Buffer.concat([whole, Buffer.alloc(20, 7)])), Buffer.alloc(8, 1)]));
}
