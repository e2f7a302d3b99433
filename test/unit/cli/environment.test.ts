/** What the environment may say. */
import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../src/cli/environment.ts';

describe('the environment', () => {
  it('gives the token and the options', () => {
    const environment = readEnvironment({ TPE_TOKEN: 'secret', TPE_PORT: '9000' });
    expect(environment.token).toBe('secret');
    expect(environment.option('TPE_PORT')).toBe('9000');
  });

  it('says nothing where a variable is unset or empty', () => {
    const environment = readEnvironment({ TPE_TOKEN: '', TPE_PORT: '', NO_COLOR: '' });
    expect(environment.token).toBeUndefined();
    expect(environment.option('TPE_PORT')).toBeUndefined();
    expect(environment.noColour).toBe(false);
  });

  it('ignores a folder for state that is relative, as the XDG specification has it', () => {
    expect(readEnvironment({ XDG_STATE_HOME: '/var/lib' }).stateHome).toBe('/var/lib');
    const { stateHome, usualStateHome } = readEnvironment({ XDG_STATE_HOME: 'rel' });
    expect(stateHome).toBe(usualStateHome);
  });

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('turns colour off for %j', (variables) => {
    expect(readEnvironment(variables).noColour).toBe(true);
  });
});
