%code top {
/* SPDX-License-Identifier: Apache-2.0 */
/* Grammar of OpenQASM 2.0 and 3: tokens to a tree. Every node has the place of its first token, or
 * of its operator. */
}

%code requires {
#include "csim/qasm/ast.h"
#define QASM_YYLTYPE qasm_place
}

%code {
#include <stdlib.h>
#include <string.h>

#define YYMAXDEPTH 4000
#define YYLLOC_DEFAULT(current, right, n) \
    do { (current) = (n) ? YYRHSLOC(right, 1) : YYRHSLOC(right, 0); } while (0)

static int qasm_yylex(QASM_YYSTYPE *value, QASM_YYLTYPE *at, qasm_source *s);
static void qasm_yyerror(QASM_YYLTYPE *at, qasm_source *s, const char *message);

static qasm_node *set(qasm_source *s, qasm_kind kind, qasm_place at, qasm_node *a, qasm_node *b,
                      qasm_node *c) {
    return qasm_node_set(s, qasm_node_new(s, kind, at), a, b, c);
}

static qasm_node *list_of(qasm_source *s, qasm_place at, qasm_node *first) {
    return qasm_node_append(s, qasm_node_new(s, Q_SET, at), first);
}

static qasm_node *with(qasm_node *n, int op, const char *text) {
    if (!n) return NULL;
    n->op = op;
    n->text = text;
    return n;
}

static qasm_node *number(qasm_source *s, qasm_token *t) {
    qasm_node *n = qasm_node_new(s, Q_NUMBER, t->at);
    if (n) n->value = t->value;
    return n;
}

static qasm_node *binary(qasm_source *s, qasm_place at, int op, qasm_node *a, qasm_node *b) {
    return with(set(s, Q_BINARY, at, a, b, NULL), op, NULL);
}

static qasm_node *type_node(qasm_source *s, qasm_place at, qasm_type_kind kind, qasm_node *size) {
    return with(set(s, Q_TYPE, at, size, NULL, NULL), (int)kind, NULL);
}

static qasm_node *parameter_node(qasm_source *s, const qasm_token *name, qasm_node *type) {
    return with(set(s, Q_PARAMETER, name->at, type, NULL, NULL), 0, name->text);
}

static qasm_node *modifier_node(qasm_source *s, qasm_place at, int op, qasm_node *argument) {
    return with(set(s, Q_MODIFIER, at, argument, NULL, NULL), op, NULL);
}

static qasm_node *declare(qasm_source *s, qasm_place at, int how, qasm_node *type,
                          const char *name, qasm_node *first) {
    return with(set(s, Q_DECLARE, at, type, first, NULL), how, name);
}

static int operator_of(const char *assignment) {
    static const struct { const char *text; int op; } table[] = {
        {"+=", QO_ADD}, {"-=", QO_SUBTRACT}, {"*=", QO_MULTIPLY}, {"/=", QO_DIVIDE},
        {"&=", QO_BIT_AND}, {"|=", QO_BIT_OR}, {"^=", QO_BIT_XOR}, {"%=", QO_MODULO},
        {"<<=", QO_SHIFT_LEFT}, {">>=", QO_SHIFT_RIGHT}, {"**=", QO_POWER}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].text, assignment) == 0) return table[i].op;
    return 0;
}

static void refuse_feature(qasm_source *s, const qasm_token *t);
#define CHECK(node) do { if (!(node)) { s->no_memory = true; YYABORT; } } while (0)
}

%define api.pure full
%define api.prefix {qasm_yy}
%define parse.error custom
%define parse.lac full
%locations
%param {qasm_source *s}

%union {
    qasm_token *token;
    qasm_node *node;
}

%token <token> T_OPENQASM "OPENQASM" T_INCLUDE "include" T_PRAGMA "pragma" T_QREG "qreg"
  T_CREG "creg" T_GATE "gate" T_OPAQUE "opaque" T_BARRIER "barrier" T_MEASURE "measure"
  T_RESET "reset" T_IF "if" T_QUBIT "qubit" T_BIT "bit" T_BOOL "bool" T_INT "int" T_UINT "uint"
  T_FLOAT_TYPE "float" T_ANGLE "angle" T_DURATION "duration" T_CONST "const" T_INPUT "input"
  T_OUTPUT "output" T_LET "let" T_DEF "def" T_RETURN "return" T_ELSE "else" T_FOR "for" T_IN "in"
  T_WHILE "while" T_BREAK "break" T_CONTINUE "continue" T_END "end" T_SWITCH "switch"
  T_CASE "case" T_DEFAULT "default" T_CTRL "ctrl" T_NEGCTRL "negctrl" T_INV "inv" T_POW "pow"
  T_GPHASE "gphase" T_DELAY "delay" T_TRUE "true" T_FALSE "false"
  T_UNSUPPORTED "unsupported word" T_IDENTIFIER "name" T_INTEGER "integer" T_FLOAT "number"
  T_BITS "bit string" T_STRING "string" T_ASSIGN_OP "assignment operator"
  T_EQ "==" T_NE "!=" T_LE "<=" T_GE ">=" T_SHIFT_LEFT "<<" T_SHIFT_RIGHT ">>" T_AND "&&" T_OR "||"
  T_ARROW "->" T_POWER "**" T_CONCAT "++"
%token <token> ';' ',' '(' ')' '[' ']' '{' '}' '=' '+' '-' '*' '/' '%' '<' '>' '!' '~' '&' '|' '^'
  '@' ':'
%token END_OF_FILE 0 "end of file"

%type <node> statement block body statements type scalar_type size expression index index_items
  index_item range_item expressions arguments operand operands names name parameters parameter
  modifiers modifier gate_call measure lvalue loop_set alias cases case call optional_operands
  gate_names optional_expression register_type

%precedence THEN
%precedence T_ELSE
%left T_OR
%left T_AND
%left '|'
%left '^'
%left '&'
%left T_EQ T_NE
%left '<' '>' T_LE T_GE
%left T_SHIFT_LEFT T_SHIFT_RIGHT
%left '+' '-'
%left '*' '/' '%'
%precedence UNARY
%right T_POWER

%%
program: statements { s->body = $1; }

/* Q_BLOCK: list = statements */
statements: %empty { $$ = qasm_node_new(s, Q_BLOCK, @$); CHECK($$); }
  | statements statement { $$ = $2 ? qasm_node_append(s, $1, $2) : $1; }

block: '{' statements '}' { $$ = $2; $$->at = @1; }
  | '{' statements error '}' { yyerrok; $$ = $2; }

body: statement { $$ = $1;
                  if (!$$ || $$->kind != Q_BLOCK) {
                      $$ = qasm_node_new(s, Q_BLOCK, @1);
                      CHECK($$);
                      if ($1) qasm_node_append(s, $$, $1);
                  } }

statement: ';' { $$ = NULL; }
  | error ';' { yyerrok; $$ = NULL; }
  | T_UNSUPPORTED { refuse_feature(s, $1); yyclearin; $$ = NULL; }
  | T_OPENQASM version ';' { if ($1 != s->tokens) {
                                 qasm_error(s->diag, @1, "OPENQASM is accepted only as the first "
                                            "statement");
                                 s->failed = true;
                             }
                             $$ = NULL; }
  /* Q_INCLUDE: text = file */
  | T_INCLUDE T_STRING ';' { $$ = with(set(s, Q_INCLUDE, @2, NULL, NULL, NULL), 0, $2->text); }
  | T_PRAGMA { $$ = with(set(s, Q_PRAGMA, @1, NULL, NULL, NULL), 0, $1->text); }
  /* Q_DECLARE: op = how, a = type, b = first value or NULL, text = name */
  | type T_IDENTIFIER ';' { $$ = declare(s, @2, QD_VARIABLE, $1, $2->text, NULL); }
  | type T_IDENTIFIER '=' expression ';' { $$ = declare(s, @2, QD_VARIABLE, $1, $2->text, $4); }
  | T_CONST scalar_type T_IDENTIFIER '=' expression ';'
      { $$ = declare(s, @3, QD_CONST, $2, $3->text, $5); }
  | T_INPUT scalar_type T_IDENTIFIER ';' { $$ = declare(s, @3, QD_INPUT, $2, $3->text, NULL); }
  | T_OUTPUT scalar_type T_IDENTIFIER ';' { $$ = declare(s, @3, QD_OUTPUT, $2, $3->text, NULL); }
  | register_type T_IDENTIFIER ';' { $$ = declare(s, @2, QD_VARIABLE, $1, $2->text, NULL); }
  | T_QREG T_IDENTIFIER '[' expression ']' ';'
      { $$ = declare(s, @2, QD_VARIABLE, type_node(s, @1, QT_QUBIT, $4), $2->text, NULL); }
  | T_QREG T_IDENTIFIER ';'
      { $$ = declare(s, @2, QD_VARIABLE, type_node(s, @1, QT_QUBIT, NULL), $2->text, NULL); }
  | T_CREG T_IDENTIFIER '[' expression ']' ';'
      { $$ = declare(s, @2, QD_VARIABLE, type_node(s, @1, QT_BIT, $4), $2->text, NULL); }
  | T_CREG T_IDENTIFIER ';'
      { $$ = declare(s, @2, QD_VARIABLE, type_node(s, @1, QT_BIT, NULL), $2->text, NULL); }
  /* Q_ALIAS: text = name, a = what */
  | T_LET T_IDENTIFIER '=' alias ';'
      { $$ = with(set(s, Q_ALIAS, @2, $4, NULL, NULL), 0, $2->text); }
  /* Q_GATE, Q_OPAQUE: text = name, a = parameters, b = qubits, c = body */
  | T_GATE T_IDENTIFIER names block { $$ = with(set(s, Q_GATE, @2, NULL, $3, $4), 0, $2->text); }
  | T_GATE T_IDENTIFIER '(' ')' names block
      { $$ = with(set(s, Q_GATE, @2, NULL, $5, $6), 0, $2->text); }
  | T_GATE T_IDENTIFIER '(' names ')' names block
      { $$ = with(set(s, Q_GATE, @2, $4, $6, $7), 0, $2->text); }
  | T_OPAQUE T_IDENTIFIER names ';'
      { $$ = with(set(s, Q_OPAQUE, @2, NULL, $3, NULL), 0, $2->text); }
  | T_OPAQUE T_IDENTIFIER '(' ')' names ';'
      { $$ = with(set(s, Q_OPAQUE, @2, NULL, $5, NULL), 0, $2->text); }
  | T_OPAQUE T_IDENTIFIER '(' names ')' names ';'
      { $$ = with(set(s, Q_OPAQUE, @2, $4, $6, NULL), 0, $2->text); }
  /* Q_DEF: text = name, a = parameters, b = type of the result or NULL, c = body */
  | T_DEF T_IDENTIFIER '(' ')' block { $$ = with(set(s, Q_DEF, @2, NULL, NULL, $5), 0, $2->text); }
  | T_DEF T_IDENTIFIER '(' parameters ')' block
      { $$ = with(set(s, Q_DEF, @2, $4, NULL, $6), 0, $2->text); }
  | T_DEF T_IDENTIFIER '(' ')' T_ARROW scalar_type block
      { $$ = with(set(s, Q_DEF, @2, NULL, $6, $7), 0, $2->text); }
  | T_DEF T_IDENTIFIER '(' parameters ')' T_ARROW scalar_type block
      { $$ = with(set(s, Q_DEF, @2, $4, $7, $8), 0, $2->text); }
  | gate_call
  /* Q_MEASURE_TO: a = qubits, b = bits; Q_EXPRESSION: a */
  | measure T_ARROW operand ';' { $$ = set(s, Q_MEASURE_TO, @1, $1 ? $1->a : NULL, $3, NULL); }
  | measure ';' { $$ = set(s, Q_EXPRESSION, @1, $1, NULL, NULL); }
  | call ';' { $$ = set(s, Q_EXPRESSION, @1, $1, NULL, NULL); }
  | T_RESET operand ';' { $$ = set(s, Q_RESET, @1, $2, NULL, NULL); }
  /* Q_BARRIER, Q_DELAY: a = operands or NULL, b = duration */
  | T_BARRIER optional_operands ';' { $$ = set(s, Q_BARRIER, @1, $2, NULL, NULL); }
  | T_DELAY '[' expression ']' optional_operands ';' { $$ = set(s, Q_DELAY, @1, $5, $3, NULL); }
  /* Q_ASSIGN: a = target, b = value, op = operator or 0 */
  | lvalue '=' expression ';' { $$ = set(s, Q_ASSIGN, @1, $1, $3, NULL); }
  | lvalue T_ASSIGN_OP expression ';'
      { $$ = with(set(s, Q_ASSIGN, @1, $1, $3, NULL), operator_of($2->text), NULL); }
  /* Q_IF: a = condition, b, c = branches */
  | T_IF '(' expression ')' body %prec THEN { $$ = set(s, Q_IF, @1, $3, $5, NULL); }
  | T_IF '(' expression ')' body T_ELSE body { $$ = set(s, Q_IF, @1, $3, $5, $7); }
  /* Q_FOR: text = variable, a = type, b = set, c = body */
  | T_FOR scalar_type T_IDENTIFIER T_IN loop_set body
      { $$ = with(set(s, Q_FOR, @3, $2, $5, $6), 0, $3->text); }
  | T_WHILE '(' expression ')' body { $$ = set(s, Q_WHILE, @1, $3, $5, NULL); }
  | T_BREAK ';' { $$ = set(s, Q_BREAK, @1, NULL, NULL, NULL); }
  | T_CONTINUE ';' { $$ = set(s, Q_CONTINUE, @1, NULL, NULL, NULL); }
  | T_END ';' { $$ = set(s, Q_END, @1, NULL, NULL, NULL); }
  | T_RETURN optional_expression ';' { $$ = set(s, Q_RETURN, @1, $2, NULL, NULL); }
  | block
  /* Q_SWITCH: a = value, b = cases; Q_CASE: a = values or NULL for default, b = body */
  | T_SWITCH '(' expression ')' '{' cases '}' { $$ = set(s, Q_SWITCH, @1, $3, $6, NULL); }

version: T_FLOAT
  | T_INTEGER

cases: case { $$ = list_of(s, @1, $1); CHECK($$); }
  | cases case { $$ = qasm_node_append(s, $1, $2); }

case: T_CASE expressions block { $$ = set(s, Q_CASE, @1, $2, $3, NULL); }
  | T_DEFAULT block { $$ = set(s, Q_CASE, @1, NULL, $2, NULL); }

optional_expression: %empty { $$ = NULL; }
  | expression

/* Q_TYPE: op = kind, a = size or NULL */
type: scalar_type

scalar_type: T_BOOL { $$ = type_node(s, @1, QT_BOOL, NULL); }
  | T_INT size { $$ = type_node(s, @1, QT_INT, $2); }
  | T_UINT size { $$ = type_node(s, @1, QT_UINT, $2); }
  | T_FLOAT_TYPE size { $$ = type_node(s, @1, QT_FLOAT, $2); }
  | T_ANGLE size { $$ = type_node(s, @1, QT_ANGLE, $2); }
  | T_DURATION { $$ = type_node(s, @1, QT_DURATION, NULL); }
  | T_BIT size { $$ = type_node(s, @1, QT_BIT, $2); }

register_type: T_QUBIT size { $$ = type_node(s, @1, QT_QUBIT, $2); }

size: %empty { $$ = NULL; }
  | '[' expression ']' { $$ = $2; }

/* Q_SET: list of Q_NAME */
names: name { $$ = list_of(s, @1, $1); CHECK($$); }
  | names ',' name { $$ = qasm_node_append(s, $1, $3); }

name: T_IDENTIFIER { $$ = with(qasm_node_new(s, Q_NAME, @1), 0, $1->text); }

/* Q_PARAMETER: text = name, a = type */
parameters: parameter { $$ = list_of(s, @1, $1); CHECK($$); }
  | parameters ',' parameter { $$ = qasm_node_append(s, $1, $3); }

parameter: scalar_type T_IDENTIFIER { $$ = parameter_node(s, $2, $1); }
  | register_type T_IDENTIFIER { $$ = parameter_node(s, $2, $1); }
  | T_QREG T_IDENTIFIER size { $$ = parameter_node(s, $2, type_node(s, @1, QT_QUBIT, $3)); }
  | T_CREG T_IDENTIFIER size { $$ = parameter_node(s, $2, type_node(s, @1, QT_BIT, $3)); }

/* Q_GATE_CALL: text = name, a = modifiers or NULL, b = arguments or NULL, c = operands or NULL,
 * op = 1 for gphase */
gate_call: T_IDENTIFIER operands ';'
      { $$ = with(set(s, Q_GATE_CALL, @1, NULL, NULL, $2), 0, $1->text); }
  | T_IDENTIFIER '(' arguments ')' operands ';'
      { $$ = with(set(s, Q_GATE_CALL, @1, NULL, $3, $5), 0, $1->text); }
  | modifiers T_IDENTIFIER operands ';'
      { $$ = with(set(s, Q_GATE_CALL, @2, $1, NULL, $3), 0, $2->text); }
  | modifiers T_IDENTIFIER '(' arguments ')' operands ';'
      { $$ = with(set(s, Q_GATE_CALL, @2, $1, $4, $6), 0, $2->text); }
  | T_GPHASE '(' arguments ')' optional_operands ';'
      { $$ = with(set(s, Q_GATE_CALL, @1, NULL, $3, $5), 1, "gphase"); }
  | modifiers T_GPHASE '(' arguments ')' optional_operands ';'
      { $$ = with(set(s, Q_GATE_CALL, @2, $1, $4, $6), 1, "gphase"); }

/* Q_MODIFIER: op = which, a = argument or NULL */
modifiers: modifier { $$ = list_of(s, @1, $1); CHECK($$); }
  | modifiers modifier { $$ = qasm_node_append(s, $1, $2); }

modifier: T_CTRL '@' { $$ = modifier_node(s, @1, QM_CTRL, NULL); }
  | T_CTRL '(' expression ')' '@' { $$ = modifier_node(s, @1, QM_CTRL, $3); }
  | T_NEGCTRL '@' { $$ = modifier_node(s, @1, QM_NEGCTRL, NULL); }
  | T_NEGCTRL '(' expression ')' '@' { $$ = modifier_node(s, @1, QM_NEGCTRL, $3); }
  | T_INV '@' { $$ = modifier_node(s, @1, QM_INV, NULL); }
  | T_POW '(' expression ')' '@' { $$ = modifier_node(s, @1, QM_POW, $3); }

operands: operand { $$ = list_of(s, @1, $1); CHECK($$); }
  | operands ',' operand { $$ = qasm_node_append(s, $1, $3); }

optional_operands: %empty { $$ = NULL; }
  | operands

operand: name
  | T_IDENTIFIER index { $$ = set(s, Q_INDEX, @1, with(qasm_node_new(s, Q_NAME, @1), 0, $1->text),
                                  $2, NULL); }

lvalue: operand

/* Q_MEASURE: a = operand */
measure: T_MEASURE operand { $$ = set(s, Q_MEASURE, @1, $2, NULL, NULL); }

/* Q_CONCAT: a, b */
alias: operand
  | alias T_CONCAT operand { $$ = set(s, Q_CONCAT, @2, $1, $3, NULL); }

loop_set: '{' expressions '}' { $$ = $2; }
  | '[' range_item ']' { $$ = $2; }
  | operand

/* Q_INDEX: a = base, b = Q_SET of items, each an expression, a Q_RANGE or a Q_SET */
index: '[' index_items ']' { $$ = $2; }

index_items: index_item { $$ = list_of(s, @1, $1); CHECK($$); }
  | index_items ',' index_item { $$ = qasm_node_append(s, $1, $3); }

index_item: expression
  | range_item
  | '{' expressions '}' { $$ = $2; }

/* Q_RANGE: a = start, b = step, c = stop; NULL where left out */
range_item: optional_expression ':' optional_expression
      { $$ = set(s, Q_RANGE, $1 ? $1->at : @2, $1, NULL, $3); }
  | optional_expression ':' expression ':' optional_expression
      { $$ = set(s, Q_RANGE, $1 ? $1->at : @2, $1, $3, $5); }

expressions: expression { $$ = list_of(s, @1, $1); CHECK($$); }
  | expressions ',' expression { $$ = qasm_node_append(s, $1, $3); }

arguments: %empty { $$ = NULL; }
  | expressions

/* Q_CALL: text = function, a = arguments or NULL */
call: T_IDENTIFIER '(' arguments ')' { $$ = with(set(s, Q_CALL, @1, $3, NULL, NULL), 0, $1->text); }

expression: T_INTEGER { $$ = number(s, $1); }
  | T_FLOAT { $$ = number(s, $1); }
  | T_BITS { $$ = number(s, $1); }
  | T_TRUE { $$ = number(s, $1); if ($$) $$->value.type.kind = QT_BOOL, $$->value.u = 1; }
  | T_FALSE { $$ = number(s, $1); if ($$) $$->value.type.kind = QT_BOOL, $$->value.u = 0; }
  | operand
  | call
  | T_POW '(' arguments ')' { $$ = with(set(s, Q_CALL, @1, $3, NULL, NULL), 0, "pow"); }
  | measure
  | scalar_type '(' expression ')' { $$ = set(s, Q_CAST, @1, $1, $3, NULL); }
  | '(' expression ')' { $$ = $2; }
  | '-' expression %prec UNARY { $$ = with(set(s, Q_UNARY, @1, $2, NULL, NULL), QO_NEGATE, NULL); }
  | '!' expression %prec UNARY { $$ = with(set(s, Q_UNARY, @1, $2, NULL, NULL), QO_NOT, NULL); }
  | '~' expression %prec UNARY { $$ = with(set(s, Q_UNARY, @1, $2, NULL, NULL), QO_BIT_NOT, NULL); }
  | expression '+' expression { $$ = binary(s, @2, QO_ADD, $1, $3); }
  | expression '-' expression { $$ = binary(s, @2, QO_SUBTRACT, $1, $3); }
  | expression '*' expression { $$ = binary(s, @2, QO_MULTIPLY, $1, $3); }
  | expression '/' expression { $$ = binary(s, @2, QO_DIVIDE, $1, $3); }
  | expression '%' expression { $$ = binary(s, @2, QO_MODULO, $1, $3); }
  | expression T_POWER expression { $$ = binary(s, @2, QO_POWER, $1, $3); }
  | expression T_SHIFT_LEFT expression { $$ = binary(s, @2, QO_SHIFT_LEFT, $1, $3); }
  | expression T_SHIFT_RIGHT expression { $$ = binary(s, @2, QO_SHIFT_RIGHT, $1, $3); }
  | expression '<' expression { $$ = binary(s, @2, QO_LT, $1, $3); }
  | expression '>' expression { $$ = binary(s, @2, QO_GT, $1, $3); }
  | expression T_LE expression { $$ = binary(s, @2, QO_LE, $1, $3); }
  | expression T_GE expression { $$ = binary(s, @2, QO_GE, $1, $3); }
  | expression T_EQ expression { $$ = binary(s, @2, QO_EQ, $1, $3); }
  | expression T_NE expression { $$ = binary(s, @2, QO_NE, $1, $3); }
  | expression '&' expression { $$ = binary(s, @2, QO_BIT_AND, $1, $3); }
  | expression '|' expression { $$ = binary(s, @2, QO_BIT_OR, $1, $3); }
  | expression '^' expression { $$ = binary(s, @2, QO_BIT_XOR, $1, $3); }
  | expression T_AND expression { $$ = binary(s, @2, QO_AND, $1, $3); }
  | expression T_OR expression { $$ = binary(s, @2, QO_OR, $1, $3); }
%%

static int qasm_yylex(QASM_YYSTYPE *value, QASM_YYLTYPE *at, qasm_source *s) {
    qasm_token *t = &s->tokens[s->next];
    if (s->next + 1 < s->token_count) s->next++;
    value->token = t;
    *at = t->at;
    return t->kind;
}

static void qasm_yyerror(QASM_YYLTYPE *at, qasm_source *s, const char *message) {
    /* bison calls this itself only for an exhausted stack. */
    qasm_error(s->diag, *at, "%s, accepted: less deeply nested text", message);
    s->failed = true;
}

static void append(char *to, size_t size, const char *text) {
    const size_t used = strlen(to);
    snprintf(to + used, size - used, "%s", text);
}

static const char *shown(yysymbol_kind_t symbol, char *to, size_t size) {
    const char *name = yysymbol_name(symbol);
    const size_t length = strlen(name);
    static const char *const plain[] = {"name", "integer", "number", "bit string", "string",
                                        "assignment operator", "end of file", "pragma"};
    if (length >= 3 && name[0] == '\'') return name;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(plain[i], name) == 0) return name;
    snprintf(to, size, "'%s'", name);
    return to;
}

static bool is_one_of(const char *symbol, const char *characters) {
    return symbol[0] == '\'' && symbol[1] && strchr(characters, symbol[1]);
}

static int yyreport_syntax_error(const yypcontext_t *context, qasm_source *s) {
    enum { MOST_SHOWN = 6, MOST_EXPECTED = 120 };
    yysymbol_kind_t expected[MOST_EXPECTED];
    char accepted[400] = "", got[200], buffer[60];
    const int count = yypcontext_expected_tokens(context, expected, MOST_EXPECTED);
    const qasm_place at = *yypcontext_location(context);
    const qasm_token *t = &s->tokens[s->token_count - 1];
    while (t > s->tokens && (t->at.line != at.line || t->at.column != at.column)) t--;
    if (t->kind) snprintf(got, sizeof got, "'%.100s'", t->text ? t->text : "");
    else snprintf(got, sizeof got, "end of file");
    bool statement = false, value = false;
    for (int i = 0; i < count; i++) {
        statement = statement || expected[i] == YYSYMBOL_T_INCLUDE;
        value = value || expected[i] == YYSYMBOL_T_INTEGER;
    }
    if (t->kind == T_UNSUPPORTED && t->text[0] == '$') {
        qasm_error(s->diag, at, "physical qubits are not supported, accepted: a declared qubit");
    } else if (t->kind == T_UNSUPPORTED) {
        qasm_error(s->diag, at, "%s is not supported", t->text);
    } else {
        int left = 0;
        if (statement) append(accepted, sizeof accepted, "a statement");
        else if (value && count > MOST_SHOWN) append(accepted, sizeof accepted, "an expression");
        for (int i = 0; i < count; i++) {
            const char *name = yysymbol_name(expected[i]);
            const bool closing = expected[i] == YYSYMBOL_YYEOF || is_one_of(name, ")]}");
            if ((statement || (value && count > MOST_SHOWN)) && !closing) continue;
            if (count > MOST_SHOWN && !statement && !value) {
                /* After an operand: operators are many, what ends the expression is few. */
                if (!closing && !is_one_of(name, ";,:{")) {
                    left++;
                    continue;
                }
            }
            if (*accepted) append(accepted, sizeof accepted, ", ");
            append(accepted, sizeof accepted, shown(expected[i], buffer, sizeof buffer));
        }
        if (left) append(accepted, sizeof accepted, *accepted ? ", an operator" : "an operator");
        qasm_error(s->diag, at, "unexpected %s, accepted: %s", got, accepted);
    }
    s->failed = true;
    return 0;
}

/* Names the feature and goes on after its ';' or its braces. */
static void refuse_feature(qasm_source *s, const qasm_token *t) {
    qasm_error(s->diag, t->at, "%s is not supported", t->text);
    s->failed = true;
    size_t i = (size_t)(t - s->tokens) + 1;
    unsigned depth = 0;
    for (; i + 1 < s->token_count; i++) {
        const int kind = s->tokens[i].kind;
        if (kind == '{') depth++;
        if (kind == '}' && depth-- <= 1) {
            if (depth == 0) i++;
            break;
        }
        if (kind == ';' && depth == 0) {
            i++;
            break;
        }
    }
    s->next = i;
}

int qasm_parse_source(qasm_source *s) {
    const int status = qasm_yyparse(s);
    if (status == 2 || s->no_memory) return BRG_ENOMEM;
    return status || s->failed ? BRG_EINPUT : BRG_OK;
}
