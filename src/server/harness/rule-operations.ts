/** The rulebook, told by the emulator that follows it. */
import { decides, ruleSubjects } from '../../protocol/rules/index.ts';
import { defined } from './judged-fields.ts';
import { operation } from './operation.ts';
import * as replies from './replies.ts';

export const ruleOperations = {
  /**
   * Every rule of the API as this emulator follows it, by subject; the ids are those of `x-emulator-cause` and row outcomes.
   *
   * @example
   * emulator.rules().find(({ id }) => id === 'v2-override-caveat')?.statement;
   */
  rules: operation({
    route: 'GET /rules',
    sentence:
      'The rulebook: every rule with its sentence, source, confidence and the setting that selects its reading.',
    replies: { 200: replies.rules },
    does: () =>
      ruleSubjects().flatMap(({ title, rules }) =>
        rules.map((rule) => {
          const { id, statement, source, confidence, versions, contradiction, note, setting, emulated } = rule;
          const told = { id, subject: title, statement, source, confidence, versions, decides: decides(rule) };
          return { ...told, ...defined({ contradiction, note, emulated, setting }) };
        }),
      ),
    tells: (rules) => ({ rules }),
  }),
};
