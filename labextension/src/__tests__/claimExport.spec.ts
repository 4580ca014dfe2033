import { exportName, keepClaims, keepRows } from '../claimExport';

describe('the export', () => {
  it('keeps whole records, line ends in quotes included', () => {
    const csv =
      'id,method,quote\r\na,SVM,"one, ""two""\r\nb,not a record"\r\nb,kNN,plain\r\n"c",x,y\r\n';
    expect(keepRows(csv, new Set(['a']))).toBe(
      'id,method,quote\r\na,SVM,"one, ""two""\r\nb,not a record"\r\n'
    );
    expect(keepRows(csv, new Set(['b', 'c']))).toBe(
      'id,method,quote\r\nb,kNN,plain\r\n"c",x,y\r\n'
    );
    expect(keepRows(csv, new Set())).toBe('id,method,quote\r\n');
  });

  it('needs no line end after the last record', () => {
    expect(keepRows('id,x\r\na,1', new Set(['a']))).toBe('id,x\r\na,1');
  });

  it('keeps what is said about the whole paper', () => {
    const json = JSON.stringify({
      reader: 'offline',
      total: 2,
      claims: [{ id: 'a' }, { id: 'b' }]
    });
    expect(JSON.parse(keepClaims(json, new Set(['b'])))).toEqual({
      reader: 'offline',
      total: 2,
      claims: [{ id: 'b' }]
    });
  });

  it('names the file by the paper, whatever the paper is called', () => {
    expect(exportName('attention.PDF', 'csv')).toBe('attention-claims.csv');
    expect(exportName('../a:b?.pdf', 'json')).toBe('.._a_b_-claims.json');
    expect(exportName('.pdf', 'csv')).toBe('paper-claims.csv');
  });
});
