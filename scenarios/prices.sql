-- The database of the example, made anew for every process that runs scenarios.
create table product_prices (product_id text primary key, price text not null, currency text not null);
insert into product_prices values ('PROD-101', '99.99', 'USD');
insert into product_prices values ('PROD-102', '12.50', 'EUR');
