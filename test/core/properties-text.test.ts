import { describe, expect, it } from 'vitest';
import { propertiesText, sectionsText } from '../../lib/core/properties-text';

it('settings are lines in their order, without those that are not set', () => {
  expect(propertiesText({ b: 1, a: 'x=y', none: undefined, c: false })).toBe('b=1\na=x=y\nc=false\n');
  expect(propertiesText({})).toBe('');
});

describe('a file in sections', () => {
  const sections = [
    ['times', { tickTime: 2000, initLimit: 30 }],
    ['nothing', { none: undefined }],
    ['limits', { initLimit: 5, maxClientCnxns: 60 }],
  ] as const;

  it('has a setting once, where it comes first', () => {
    expect(sectionsText(sections, {})).toBe(
      '# times\ntickTime=2000\ninitLimit=30\n\n# limits\nmaxClientCnxns=60\n',
    );
  });

  it('has what is given in the place of the default', () => {
    expect(sectionsText(sections, { initLimit: 9, none: 0 })).toBe(
      '# times\ntickTime=2000\ninitLimit=9\n\n# nothing\nnone=0\n\n# limits\nmaxClientCnxns=60\n',
    );
  });

  it('has only what is to be kept, and no section without any', () => {
    expect(sectionsText(sections, {}, (key) => key === 'maxClientCnxns')).toBe(
      '# limits\nmaxClientCnxns=60\n',
    );
  });
});
