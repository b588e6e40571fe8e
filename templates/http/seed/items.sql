create table items (id text primary key, state text not null);
insert into items values ('I-100001', 'open');
insert into items values ('I-100002', 'closed');
