import { text } from '../../wire/reply';
import type { Redis } from '../../wire/types';
import { NOTE, type Note, parseNote, writeNote } from '../note';

/** A shard of a store, as who moves keys sees it. */
export class StoreShard {
  constructor(
    /** Its name in the settings. */
    readonly name: string,
    readonly redis: Redis,
  ) {}

  async note(): Promise<Note | undefined> {
    return parseNote((await this.redis.command('GET', NOTE)) as string | null);
  }

  /** Writes its note, or removes it. */
  async write(note: Note | undefined): Promise<void> {
    await this.redis.command(...(note ? writeNote(note) : ['DEL', NOTE]));
  }

  /**
   * What changes when it is another server that answers, or the same one started anew: what it has acknowledged may be gone.
   */
  async identity(): Promise<string> {
    const info = text(await this.redis.command('INFO', 'server'));
    const id = /^run_id:(\w+)/m.exec(info)?.[1];
    if (!id) throw new Error(`${this.name}: INFO has no run_id`);
    return id;
  }

  /**
   * Writes its note and waits until it is on a replica, too, with all that was written before it, where it has replicas.
   * @throws Error where none has it in time
   */
  async writeReplicated(note: Note, timeoutMs: number): Promise<void> {
    const info = text(await this.redis.command('INFO', 'replication'));
    if (!/^role:master/m.test(info)) throw new Error(`${this.name}: the server is no master any more`);
    const replicas = /^connected_slaves:0\r?$/m.test(info) ? 0 : 1;
    // By one connection: it is the writes of its own that are waited for.
    const [written, have] = await this.redis.pipeline([writeNote(note), ['WAIT', replicas, timeoutMs]]);
    for (const reply of [written, have]) if (reply instanceof Error) throw reply;
    if (Number(have) < replicas)
      throw new Error(`${this.name}: no replica has what was written within ${timeoutMs} ms`);
  }
}
