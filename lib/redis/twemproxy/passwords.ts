import { readFileSync } from 'node:fs';

/** The password in a directory, without the line feed that an editor has left behind it. */
export function passwordIn(directory: string): string {
  return readFileSync(`${directory}/password`, 'utf8').replace(/\r?\n$/, '');
}

/**
 * The setting of a pool that has clients log in with this password, and the proxy at its shards, as the user `default`.
 * @throws Error where twemproxy would cut it off
 */
export function redisAuth(password: string): string {
  if (password === '' || password.includes('\0'))
    throw new Error(`the password ${password === '' ? 'is empty' : 'has a byte 0'}; give another one`);
  return `  redis_auth: "${[...password].map(escaped).join('')}"\n`;
}

/** As a quoted scalar of YAML has it, which knows more escapes than JSON and fewer characters. */
function escaped(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  if (/[ -~]/.test(character)) return character;
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return `\\U${code.padStart(8, '0')}`;
}
