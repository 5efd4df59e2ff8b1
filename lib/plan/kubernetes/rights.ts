import { first, immutable, type KindRules, listed, live } from './rule';

const REBIND = 'render the binding under another name, or delete it first';

function lengthOf(value: unknown): number {
  return JSON.stringify(value ?? []).length;
}

/** https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
export const roles: KindRules = {
  deleted: ({ object }) => [
    {
      verdict: 'applied-live',
      what: `${object} is deleted: whoever is bound to it loses the rights`,
      needsYes: true,
    },
  ],
  changed: [
    {
      at: ['rules', 'aggregationRule'],
      judge: (fields, { object, before, after }) => {
        const less = lengthOf(after.rules) < lengthOf(before.rules);
        const what = `whoever is bound to ${object} has ${less ? 'fewer' : 'other'} rights at once: ${listed(fields, ({ path }) => path)}`;
        return [{ verdict: 'applied-live', what, ...first(fields) }];
      },
    },
  ],
};

/** https://kubernetes.io/docs/reference/access-authn-authz/rbac/#clusterrolebinding-example */
export const bindings: KindRules = {
  deleted: ({ object }) => [
    { verdict: 'applied-live', what: `${object} is deleted: its subjects lose the rights`, needsYes: true },
  ],
  changed: [
    immutable(['roleRef'], REBIND),
    live(['subjects'], (object) => `${object} gives the rights to others at once`),
  ],
};
