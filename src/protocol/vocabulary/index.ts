/** The words everybody shares. The model in `src/sim/model` may import this file and nothing else. */
export * from './customer-attributes.ts';
export * from './identifiers.ts';
export * from './limits.ts';
export * from './outcomes.ts';
export * from './progression.ts';
export * from './rule-ids.ts';
export * from './settings.ts';
